//! The requests of a search as bytes, without a command that answers them.

use std::path::Path;

use super::merge::Sent;
use super::reply::Mode;
use super::search::Content;
use super::{Ending, Search};

impl Search {
    /// Returns all requests, one after the other, as a command gets them that asked for `fields`, or for every field.
    /// The dispatch directory is empty, so that the same search always gives the same bytes.
    pub fn requests(&self, fields: Option<&[&str]>) -> Vec<u8> {
        let mode = fields.map_or(Mode::AllFields, |names| {
            Mode::Selected(names.iter().map(|name| (*name).to_owned()).collect())
        });
        let plan = self.plan();
        let chunks = match self.quirks.ending {
            Ending::InputAfter(chunks) => chunks,
            Ending::OutputAfter(_) | Ending::Normal => plan.len(),
        };
        let mut bytes = self.getinfo_frame(Path::new(""));
        for (content, finished) in plan.iter().take(chunks) {
            match content {
                Content::Broken(broken) => bytes.extend(broken),
                whole => bytes.extend(self.execute_frame(&self.sent(whole, &mode), *finished)),
            }
        }
        bytes
    }

    pub(super) fn getinfo_frame(&self, dispatch_dir: &Path) -> Vec<u8> {
        let mut metadata = self
            .getinfo
            .metadata(&self.args, dispatch_dir, self.quirks.spaced_metadata);
        metadata.extend(self.quirks.spaced_metadata.then_some(b'\n'));
        self.frame(&metadata, b"")
    }

    pub(super) fn execute_frame(&self, sent: &Sent, finished: bool) -> Vec<u8> {
        self.frame(&self.execute_metadata(finished), &sent.body)
    }

    /// The body that stands for `content`.
    pub(super) fn sent(&self, content: &Content, mode: &Mode) -> Sent {
        let row_end: &[u8] = if self.quirks.crlf { b"\r\n" } else { b"\n" };
        match content {
            Content::Events(events) if events.is_empty() => {
                Sent::from_events(events, &self.all_events(), mode, row_end)
            }
            Content::Events(events) => Sent::from_events(events, &[], mode, row_end),
            Content::Body(body) | Content::Broken(body) => Sent::from_body(body, mode),
        }
    }
}
