//! Archives and compression: what lies in them is found under its name, however it is packed; what cannot be read is named.

use super::{errors, gzip, hit, rows, scan, scan_text};
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a member");
        writer.write_all(content).expect("memory takes it");
    }
    writer.finish().expect("a zip").into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, *content)
            .expect("memory takes it");
    }
    builder.into_inner().expect("a tar")
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(text).expect("memory takes it");
    writer.finish().expect("memory takes it")
}

fn xz(text: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("a writer");
    writer.write_all(text).expect("memory takes it");
    writer.finish().expect("memory takes it")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Scans a folder with these files; the files of the findings, the messages, the exit status.
fn found(files: &[(&str, &[u8])]) -> (Vec<String>, String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("it is written");
    }
    found_in(folder.path(), &["."])
}

fn found_in(folder: &Path, args: &[&str]) -> (Vec<String>, String, Option<i32>) {
    let output = scan(folder, args);
    let files = rows(&output)
        .iter()
        .map(|row| row["file"].as_str().expect("a name").to_owned())
        .collect();
    (files, errors(&output), output.status.code())
}

#[test]
fn each_compression_is_read() {
    let text = hit(1).into_bytes();
    for (name, packed) in [
        ("gz", gzip(&text)),
        ("bz2", bzip2(&text)),
        ("xz", xz(&text)),
        ("zst", zstd(&text)),
    ] {
        let twice = [&packed[..], &packed[..]].concat();
        for (content, count) in [(packed.clone(), 1), (twice, 2)] {
            let (files, said, status) = found(&[("log", &content)]);
            assert_eq!((files.len(), status), (count, Some(0)), "{name}: {said}");
        }
        let output = scan_text(&[], &gzip(&packed));
        assert_eq!(rows(&output).len(), 1, "{name} in gzip: {}", errors(&output));
        let many: Vec<u8> = (0..400)
            .flat_map(|at| (hit(at * 7919) + "\n").into_bytes())
            .collect();
        let whole = match name {
            "gz" => gzip(&many),
            "bz2" => bzip2(&many),
            "xz" => xz(&many),
            _ => zstd(&many),
        };
        let (_, said, status) = found(&[("log", &whole[..whole.len() / 2])]);
        assert!(
            status == Some(2) && said.contains("the part before was read"),
            "{name}: {said}"
        );
    }
}

#[test]
fn members_of_archives_are_found_under_their_names() {
    let [a, b] = [hit(1), hit(2)];
    let inner = gzip(&tar(&[("deep/er/b.json", b.as_bytes())]));
    let outer = zip(&[
        ("AWSLogs/a.json.gz", &gzip(a.as_bytes())),
        ("more/b.tar.gz", &inner),
        ("LICENSE", b"Everybody may use it."),
    ]);
    let (files, said, status) = found(&[("case.zip", &outer)]);
    assert_eq!(
        files,
        [
            "./case.zip!/AWSLogs/a.json.gz",
            "./case.zip!/more/b.tar.gz!/deep/er/b.json"
        ],
        "{said}"
    );
    assert_eq!(status, Some(0), "{said}");
    let all = tar(&[("x.zip", &outer), ("plain.json", a.as_bytes())]);
    for packed in [all.clone(), gzip(&all), xz(&all), zstd(&all)] {
        let output = scan_text(&["--records"], &packed);
        assert_eq!(rows(&output).len(), 3, "{}", errors(&output));
        assert_eq!(rows(&output)[2]["file"], "-!/plain.json");
    }
    let output = scan_text(&[], &outer);
    assert_eq!(
        rows(&output).len(),
        2,
        "a zip on standard input: {}",
        errors(&output)
    );
}

#[test]
fn names_and_links_lead_nowhere() {
    let text = hit(1);
    let long = format!("{}/a.json", "n".repeat(150));
    let outer = zip(&[
        ("../../etc/a.json", text.as_bytes()),
        ("/abs.json", text.as_bytes()),
    ]);
    let (files, said, _) = found(&[("a.zip", &outer)]);
    assert!(!files.is_empty() && files[0].starts_with("./a.zip!/"), "{said}");
    let mut builder = tar::Builder::new(Vec::new());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder
        .append_link(&mut link, "link", "/etc/passwd")
        .expect("a link");
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    builder
        .append_data(&mut header, &long, text.as_bytes())
        .expect("a member");
    let (files, said, status) = found(&[("a.tar", &builder.into_inner().expect("a tar"))]);
    assert_eq!(
        (files, status),
        (vec![format!("./a.tar!/{long}")], Some(0)),
        "{said}"
    );
}

/// A file that is not read is named, the status is 2, and the file beside it is read.
#[track_caller]
fn check_named(name: &str, content: &[u8], part: &str) {
    let (found, said, status) = found(&[(name, content), ("z.json", hit(1).as_bytes())]);
    assert!(said.contains(part), "{part} in {said}");
    assert_eq!(status, Some(2), "{said}");
    assert!(found.iter().any(|file| file == "./z.json"), "{found:?} {said}");
}

#[test]
fn what_is_cut_encrypted_or_too_deep_is_named_and_the_rest_is_read() {
    let text = hit(1);
    let whole = zip(&[("a.json", text.as_bytes()), ("b.json", hit(2).as_bytes())]);
    check_named(
        "a.zip",
        &whole[..whole.len() - 40],
        "a.zip: the zip cannot be read",
    );
    let cut = tar(&[("a.json", hit(3).as_bytes()), ("b.json", hit(2).as_bytes())]);
    check_named("a.tar", &cut[..1_700], "a.tar");
    let mut encrypted = whole.clone();
    // The flag of the first member, in its own header and in the directory.
    let directory = whole
        .windows(4)
        .position(|at| at == b"PK\x01\x02")
        .expect("a directory");
    encrypted[6] |= 1;
    encrypted[directory + 8] |= 1;
    check_named("a.zip", &encrypted, "a.zip!/a.json: is encrypted");
    let deep = (0..50).fold(text.clone().into_bytes(), |inside, _| zip(&[("x.zip", &inside)]));
    check_named("deep.zip", &deep, "archives are nested more than 4 deep");
}

#[test]
fn what_is_not_read_is_named_with_what_to_do() {
    let book = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", b"<workbook/>"),
    ]);
    for (name, content, part) in [
        (
            "a.parquet",
            &b"PAR1\x15\x04"[..],
            "a.parquet: Parquet is not read; export it",
        ),
        (
            "a.7z",
            b"7z\xbc\xaf\x27\x1c\x00",
            "a.7z: 7-Zip is not read; unpack it",
        ),
        ("a.rar", b"Rar!\x1a\x07\x01", "a.rar: RAR is not read"),
        (
            "a.lzma",
            b"\x5d\0\0\x80\0\xff",
            "a.lzma: lzma is not read; unpack it",
        ),
        (
            "a.cab",
            b"MSCF\0\0\0\0",
            "a.cab: cabinet (.cab) is not read; unpack it",
        ),
        (
            "a.evtx",
            b"ElfFile\0\0",
            "a.evtx: Windows event log (.evtx) is not read; export",
        ),
        ("a.db", b"SQLite format 3\0", "a.db: SQLite is not read; export"),
        (
            "a.xlsx",
            &book,
            "a.xlsx: spreadsheet (.xlsx) is not read; save it as CSV",
        ),
        (
            "trail.json.gz",
            b"<html>504 Gateway Time-out</html>",
            "trail.json.gz: content that does not fit the name is not read",
        ),
        (
            "a.csv",
            b"name,age\nann,7\n",
            "a.csv: CSV of unknown columns is not read",
        ),
    ] {
        check_named(name, content, part);
    }
}

#[test]
fn zeros_without_end_end() {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..256 {
        writer.write_all(&vec![0; 1 << 20]).expect("memory takes it");
    }
    let zeros = writer.finish().expect("memory takes it");
    let (files, said, status) = found(&[("zeros.gz", &zeros), ("a.json", hit(1).as_bytes())]);
    assert_eq!((files.len(), status), (1, Some(0)), "{said}");
    assert!(said.contains("1 file without a log"), "{said}");
}

#[test]
fn nothing_that_was_not_analysed_is_clean() {
    let picture: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    for files in [
        &[("LICENSE", &b"Everybody may use it.\n"[..]), ("a.png", picture)][..],
        &[("a.json", b"{\"name\":\"left-pad\",\"version\":\"1.0.0\"}")],
        &[("empty.json", b"")],
        &[("empty.zip", &zip(&[]))],
    ] {
        let (found, said, status) = found(files);
        assert!(found.is_empty() && status == Some(2), "{said}");
        assert!(said.contains("Nothing was analysed"), "{said}");
    }
    let (_, said, status) = found(&[
        ("LICENSE", b"Everybody may use it.\n"),
        ("a.png", picture),
        ("a.json", hit(1).as_bytes()),
    ]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("2 files without a log"), "{said}");
    let strings = format!("[{:?},\"no record\"]", hit(2));
    let (all, said, status) = found(&[
        ("a.json", hit(1).as_bytes()),
        ("strings.json", strings.as_bytes()),
    ]);
    assert_eq!((all.len(), status), (2, Some(2)), "{said}");
    assert!(
        said.contains("strings.json: 1 record of unknown format"),
        "{said}"
    );
    let other = "{\"okta\":\"event\"}";
    let mixed = format!("{}\n{other}\n{}\n{other}\n", hit(1), hit(2));
    let (found, said, status) = found(&[("a.json", mixed.as_bytes())]);
    assert_eq!((found.len(), status), (2, Some(2)), "{said}");
    assert!(said.contains("a.json: 2 records of unknown format"), "{said}");
}
