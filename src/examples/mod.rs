//! Knowledge files tried by their own examples, in place of what is compiled into the program: for those who write them.

mod format;
mod operation;
mod outcome;

pub use outcome::Outcome;

use crate::catalogue::{Catalogue, CatalogueError, Family, Scope};
use crate::detect::{Detector, Filter};
use crate::event::definitions::{DefinitionError, FormatFile, WrapperFile};
use crate::event::reader::{EventReader, definitions};

/// A file of families, formats, wrappers or trusted services.
#[derive(Debug, Clone)]
pub struct KnowledgeFile {
    /// Its path, for messages.
    pub path: String,
    /// The name without folder and extension.
    pub stem: String,
    /// The whole text.
    pub text: String,
}

/// What a file holds, once it is read.
enum Knowledge {
    Family(Family),
    Format(FormatFile),
    Wrappers(WrapperFile),
    Trust,
}

/// All that is known, with the files in the place of their namesakes.
struct Known {
    catalogue: Catalogue,
    formats: Vec<FormatFile>,
    wrappers: WrapperFile,
}

/// Runs the examples of all `files` together. An error names the file, the line and what is wrong there.
pub fn run(files: &[KnowledgeFile]) -> Result<Vec<Outcome>, String> {
    let (formats, wrappers) = definitions();
    let mut known = Known {
        catalogue: Catalogue::embedded().map_err(|error| error.to_string())?,
        formats,
        wrappers,
    };
    let mut read = Vec::new();
    for file in files {
        read.push(known.take(file)?);
    }
    for (file, knowledge) in files.iter().zip(&read) {
        known.check(file, knowledge)?;
    }
    let outcomes = read.iter().flat_map(|knowledge| known.try_examples(knowledge));
    Ok(outcomes.collect())
}

impl KnowledgeFile {
    fn kind(&self) -> Result<&'static str, String> {
        let table: toml::Table = toml::from_str(&self.text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = 1 + self
                .text
                .bytes()
                .take(start)
                .filter(|byte| *byte == b'\n')
                .count();
            format!("{}:{line}: {}", self.path, error.message())
        })?;
        let kinds = ["family", "format", "wrapper", "routine"];
        let mut kinds = kinds.into_iter();
        kinds.find(|key| table.contains_key(*key)).ok_or_else(|| {
            format!(
                "{}: holds neither operations (family), a log format (format), wrappers (wrapper) nor trusted services \
                 (routine); other files have no examples",
                self.path
            )
        })
    }

    /// An error of the loader, with this file's own path.
    fn fault(&self, error: &CatalogueError) -> String {
        CatalogueError {
            file: self.path.clone(),
            ..error.clone()
        }
        .to_string()
    }

    fn definition_fault(&self, error: &DefinitionError) -> String {
        let lines = self.text.lines();
        let mut lines = lines.enumerate().filter(|(_, line)| line.contains(&error.near));
        let line = lines.next().map_or(1, |(at, _)| at + 1);
        format!("{}:{line}: {}", self.path, error.message)
    }

    fn toml<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        let read = crate::catalogue::read_toml(&self.text);
        read.map_err(|(line, message)| format!("{}:{line}: {message}", self.path))
    }
}

impl Known {
    /// Reads a file, and puts it in the place of what has its name.
    fn take(&mut self, file: &KnowledgeFile) -> Result<Knowledge, String> {
        Ok(match file.kind()? {
            "family" => {
                let family = Family::parse(&file.stem, &file.text).map_err(|error| file.fault(&error))?;
                let families = &mut self.catalogue.families;
                families.retain(|known| known.family != family.family);
                families.push(family.clone());
                families.sort_by(|a, b| a.family.cmp(&b.family));
                Knowledge::Family(family)
            }
            "format" => {
                let format: FormatFile = file.toml()?;
                let checked = format.check(&file.stem);
                checked.map_err(|error| file.definition_fault(&error))?;
                self.formats.retain(|known| known.format != format.format);
                self.formats.push(format.clone());
                Knowledge::Format(format)
            }
            "wrapper" => {
                let wrappers: WrapperFile = file.toml()?;
                wrappers.check().map_err(|error| file.definition_fault(&error))?;
                self.wrappers = wrappers.clone();
                Knowledge::Wrappers(wrappers)
            }
            _ => {
                self.catalogue.tables.trust = file.toml()?;
                Knowledge::Trust
            }
        })
    }

    /// What a file says of the others must hold.
    fn check(&self, file: &KnowledgeFile, knowledge: &Knowledge) -> Result<(), String> {
        let checked = match knowledge {
            Knowledge::Family(family) => self.catalogue.check_family(family, &file.text),
            Knowledge::Trust => self.catalogue.check_trust(&file.text),
            Knowledge::Format(_) | Knowledge::Wrappers(_) => Ok(()),
        };
        checked.map_err(|error| file.fault(&error))
    }

    fn try_examples(&self, knowledge: &Knowledge) -> Vec<Outcome> {
        match knowledge {
            Knowledge::Family(family) => operation::of_family(&self.detector(), family),
            Knowledge::Trust => operation::of_trust(&self.detector(), &self.catalogue),
            Knowledge::Format(file) => format::of_format(|| self.reader(), file),
            Knowledge::Wrappers(file) => format::of_wrappers(|| self.reader(), file, &self.catalogue),
        }
    }

    fn reader(&self) -> EventReader {
        EventReader::new(self.formats.clone(), self.wrappers.clone())
    }

    fn detector(&self) -> Detector {
        let filter = Filter {
            scope: Scope::Extended,
            ..Filter::default()
        };
        Detector::with_reader(&self.catalogue, self.reader(), filter)
    }
}
