//! Opens the inspector's page in a browser when a person presses `o`.
//!
//! The page's address has its key, and every process can read a command line. So the browser is given a
//! file that only this user can read, which leads to the address.

use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use crate::{
    commands::context::Context, config::env::Env, output::Output, scratch::Scratch, terminal,
};

/// How long a key is waited for at once, in milliseconds.
const PATIENCE: u16 = 500;

/// The file for the browser; removed when this is dropped.
#[derive(Debug)]
pub(super) struct Opening {
    _folder: Scratch,
}

impl Opening {
    /// Listens for the key, if there is a person and a browser.
    pub(super) fn offer(cx: &Context, url: &str) -> Option<Self> {
        if !cx.terminal.can_ask() || cx.output.is_quiet() {
            return None;
        }
        let program = opener(&cx.env)?;
        let folder = Scratch::make().ok()?;
        let file = folder.path().join("open.html");
        // The address is ours: it has no character that HTML reads.
        let page = format!(
            "<!doctype html><meta charset=\"utf-8\"><title>ubihook</title>\
             <meta http-equiv=\"refresh\" content=\"0;url={url}\"><a href=\"{url}\">{url}</a>\n"
        );
        fs::write(&file, page).ok()?;
        if !terminal::take_keys() {
            return None;
        }
        let (environment, output) = (cx.env.clone(), cx.output.clone());
        let listen = move || listen(program, &file, &environment, &output);
        // It ends with the process, or with the terminal.
        let started = thread::Builder::new().name("keys".to_owned()).spawn(listen);
        started.ok()?;
        cx.output.note("press o to open it in a browser");
        Some(Self { _folder: folder })
    }
}

fn listen(program: &str, file: &Path, environment: &Env, output: &Output) {
    while let Ok(key) = terminal::key(PATIENCE) {
        if key != Some(b'o') {
            continue;
        }
        let variables: Vec<(OsString, OsString)> = environment
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut command = Command::new(program);
        command.arg(file).env_clear().envs(variables);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => {}
            _ => output.warn("could not open a browser: open the address above"),
        }
    }
}

/// The program that opens a file as its user wants it; `None` where there is no browser to see.
fn opener(environment: &Env) -> Option<&'static str> {
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    let is_graphical = ["DISPLAY", "WAYLAND_DISPLAY"];
    let is_graphical = is_graphical
        .iter()
        .any(|name| environment.get(name).is_some());
    is_graphical.then_some("xdg-open")
}
