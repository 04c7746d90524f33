//! Reads a page of Markdown: fenced blocks, inline code, headings, links.

use crate::support::files_below;
use std::path::{Path, PathBuf};

/// A page, with its path in the repository.
#[derive(Clone, Debug)]
pub struct Page {
    pub name: String,
    lines: Vec<Line>,
}

/// A line, and what it belongs to.
#[derive(Clone, Debug)]
struct Line {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Prose,
    /// A fence or a line of a block, with the number of the block.
    Block(usize),
}

/// A piece of a page, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// `docs/admin.md:12`
    pub place: String,
    /// The language of a block; empty for inline code.
    pub language: String,
    pub text: String,
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page for users and contributors.
pub fn all() -> Vec<Page> {
    let names = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "RELEASE.md",
        "SECURITY.md",
        "splunk_app/README.md",
    ];
    let docs = files_below(&root().join("docs")).into_iter();
    let docs = docs.filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    let files: Vec<PathBuf> = names
        .map(|name| root().join(name))
        .into_iter()
        .chain(docs)
        .collect();
    files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(root()).expect("it lies in the repository");
            let text = std::fs::read_to_string(file).expect("a page can be read");
            Page::new(&name.display().to_string(), &text)
        })
        .collect()
}

impl Page {
    /// Reads a page.
    pub fn new(name: &str, text: &str) -> Self {
        let (mut blocks, mut is_open) = (0, false);
        let lines = text
            .lines()
            .map(|text| {
                let is_fence = text.trim_start().starts_with("```");
                blocks += usize::from(is_fence && !is_open);
                let kind = if is_fence || is_open {
                    Kind::Block(blocks)
                } else {
                    Kind::Prose
                };
                is_open ^= is_fence;
                Line {
                    text: text.to_owned(),
                    kind,
                }
            })
            .collect();
        Self {
            name: name.to_owned(),
            lines,
        }
    }

    fn place(&self, at: usize) -> String {
        format!("{}:{}", self.name, at + 1)
    }

    /// The fenced blocks, without the indent of their fence.
    pub fn blocks(&self) -> Vec<Piece> {
        let mut found: Vec<Piece> = Vec::new();
        let (mut number, mut indent) = (0, 0);
        for (at, line) in self.lines.iter().enumerate() {
            let Kind::Block(block) = line.kind else { continue };
            let text = line.text.trim_start();
            if block != number {
                number = block;
                indent = line.text.len() - text.len();
                found.push(Piece {
                    place: self.place(at),
                    language: text.trim_start_matches('`').trim().to_owned(),
                    text: String::new(),
                });
            } else if !text.starts_with("```")
                && let Some(block) = found.last_mut()
            {
                block.text.push_str(line.text.get(indent..).unwrap_or_default());
                block.text.push('\n');
            }
        }
        found
    }

    /// Lines that Markdown reads as a block without a language: indented, after a blank line, not in a list.
    pub fn indented(&self) -> Vec<String> {
        let mut places = Vec::new();
        let (mut is_after_blank, mut is_in_list) = (true, false);
        for (at, Line { text, kind }) in self.lines.iter().enumerate() {
            let is_indented = text.starts_with("    ") || text.starts_with('\t');
            if *kind == Kind::Prose && is_indented && is_after_blank && !is_in_list {
                places.push(self.place(at));
            }
            let item = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
            if ["- ", "* ", ". "].iter().any(|mark| item.starts_with(mark)) {
                is_in_list = true;
            } else if !text.starts_with(' ') && !text.is_empty() {
                is_in_list = false;
            }
            is_after_blank = text.trim().is_empty();
        }
        places
    }

    /// The paragraphs and table cells outside blocks, each with its first line.
    fn paragraphs(&self) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut is_open = false;
        for (at, Line { text, kind }) in self.lines.iter().enumerate() {
            if *kind != Kind::Prose || text.trim().is_empty() {
                is_open = false;
                continue;
            }
            let stands_alone = text.starts_with(['|', '#']);
            match found.last_mut().filter(|_| is_open && !stands_alone) {
                Some((_, paragraph)) => {
                    paragraph.push(' ');
                    paragraph.push_str(text.trim());
                }
                None => found.push((at, text.trim().to_owned())),
            }
            is_open = !stands_alone;
        }
        found
    }

    /// Inline code.
    pub fn spans(&self) -> Vec<Piece> {
        let mut found = Vec::new();
        for (at, paragraph) in self.paragraphs() {
            found.extend(spans(&paragraph).into_iter().map(|text| Piece {
                place: self.place(at),
                language: String::new(),
                text,
            }));
        }
        found
    }

    /// The anchors of the headings.
    pub fn anchors(&self) -> Vec<String> {
        let lines = self.lines.iter().filter(|line| line.kind == Kind::Prose);
        lines
            .filter(|line| line.text.starts_with('#'))
            .map(|line| {
                let heading = line.text.trim_start_matches('#').trim().to_lowercase();
                let kept = heading
                    .chars()
                    .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
                kept.map(|letter| if letter == ' ' { '-' } else { letter })
                    .collect()
            })
            .collect()
    }

    /// The targets of its links, outside code.
    pub fn links(&self) -> Vec<Piece> {
        let mut found = Vec::new();
        for (at, paragraph) in self.paragraphs() {
            let targets = paragraph.split("](").skip(1);
            found.extend(
                targets
                    .filter_map(|rest| rest.split_once(')'))
                    .map(|(target, _)| Piece {
                        place: self.place(at),
                        language: String::new(),
                        text: target.to_owned(),
                    }),
            );
        }
        found
    }
}

/// The code between runs of backticks of the same length.
fn spans(paragraph: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = paragraph;
    while let Some(start) = rest.find('`') {
        let from = &rest[start..];
        let run = from.len() - from.trim_start_matches('`').len();
        let inside = &from[run..];
        let Some(end) = closing(inside, run) else {
            rest = inside;
            continue;
        };
        let code = &inside[..end];
        let is_padded = code.starts_with(' ') && code.ends_with(' ') && code.len() > 2;
        let code = if is_padded { &code[1..code.len() - 1] } else { code };
        found.push(code.replace("\\|", "|"));
        rest = &inside[end + run..];
    }
    found
}

/// Returns the offset of the next run of exactly `run` backticks.
fn closing(text: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(next) = text[at..].find('`') {
        let start = at + next;
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        if length == run {
            return Some(start);
        }
        at = start + length;
    }
    None
}

#[test]
fn a_page_is_read_as_markdown_reads_it() {
    let text = "# A `b`: c\n\nuse ``| `m` | x`` and `a\nb`\n\n    code\n\n- item\n\n  ```sh\n  run\n    it\n  ```\n\n\
                | `a\\|b` | [x](y.md#z) |\n";
    let page = Page::new("p.md", text);
    let code: Vec<String> = page.spans().into_iter().map(|span| span.text).collect();
    assert_eq!(code, ["b", "| `m` | x", "a b", "a|b"]);
    assert_eq!(page.indented(), ["p.md:6"]);
    assert_eq!(page.anchors(), ["a-b-c"]);
    assert_eq!(page.links()[0].text, "y.md#z");
    let [block] = &page.blocks()[..] else {
        panic!("there is one block: {:?}", page.blocks())
    };
    assert_eq!(
        (block.place.as_str(), block.language.as_str(), block.text.as_str()),
        ("p.md:10", "sh", "run\n  it\n")
    );
}
