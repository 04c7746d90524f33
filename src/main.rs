//! The edge: no argument is splunkd's protocol, anything else a subcommand.

use directvm::cli::lookups::Folder;
use directvm::cli::recordings::DispatchFolder;
use directvm::splunk::session::Session;
use std::fs::File;
use std::io::IsTerminal;
use std::process::ExitCode;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge: standard streams are handed out here"
)]
fn main() -> ExitCode {
    env_logger::Builder::new()
        .filter_level(log::LevelFilter::Off)
        .parse_default_env()
        .init();
    if std::env::args_os().len() > 1 || std::io::stdin().is_terminal() {
        return directvm::cli::run();
    }
    let streams = directvm::cli::stream(&std::io::stdin())
        .and_then(|i| Ok((i, directvm::cli::stream(&std::io::stdout())?)));
    let ended = streams.map(|(input, output): (File, File)| {
        let session = Session::new(input, output).with_lookups(Folder::of_app());
        session.with_recordings(DispatchFolder::new()).run()
    });
    match ended {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
