//! What several targets hold their readers against.

use std::{
    error::Error,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use ubihook::inside::{
    config::{Color, Format},
    model::is_unsafe,
    output::{Output, OutputOptions, View},
    terminal::Terminal,
};

/// What stands for a secret in inputs. Nothing of ours has it in a sentence.
pub const SECRET: &str = "hunter2";

/// What serde_json itself takes for something other than the key that it is, in a `Value`.
pub const NO_KEY: &str = "$serde_json::private";

/// The input, where it is text.
pub fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Refuses what could act on a terminal or end a line, were it shown.
pub fn is_one_clean_line(text: &str) {
    assert!(!text.chars().any(is_unsafe), "{text:?}");
}

/// Refuses what could act on a terminal, in text of several lines.
pub fn is_clean(text: &str) {
    let unsafe_here = |c: char| c != '\n' && is_unsafe(c);
    assert!(!text.chars().any(unsafe_here), "{text:?}");
}

/// Refuses an error that tells the secret, in its own words or in those of what is below it.
pub fn tells_no_secret(error: &dyn Error) {
    let mut below = Some(error);
    while let Some(error) = below {
        let (shown, debugged) = (error.to_string(), format!("{error:?}"));
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(!debugged.contains(SECRET), "{debugged}");
        below = error.source();
    }
}

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Tape {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("all that is printed is text")
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An output on two tapes, in one format; what was printed is read by the second half.
pub struct Printed {
    out: Tape,
    err: Tape,
}

impl Printed {
    /// Runs `print` with an output of this format and width.
    pub fn by(format: Format, width: Option<usize>, print: impl FnOnce(&Output)) -> Self {
        let (out, err) = (Tape::default(), Tape::default());
        let terminal = Terminal {
            stdin: false,
            stdout: width,
            stderr: width,
            dumb: false,
        };
        let boxed = |tape: &Tape| Box::new(tape.clone());
        let options = OutputOptions {
            format,
            color: Color::Never,
            ..OutputOptions::default()
        };
        print(&Output::on(boxed(&out), boxed(&err), terminal).with_options(options));
        Self { out, err }
    }

    /// The answer.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// The talk.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

/// Shows a thing in every format, and returns its JSON. None of them acts on a terminal, or says
/// other data than the JSON.
pub fn shown_everywhere(view: &impl View) -> serde_json::Value {
    let show = |format, width| {
        let print = |output: &Output| output.show(view).expect("a tape takes all");
        Printed::by(format, width, print).out()
    };
    let table = show(Format::Table, None);
    is_clean(&table);
    for width in [20, 80] {
        // On a terminal, text from right to left is isolated.
        let text = show(Format::Table, Some(width));
        is_clean(&text.replace(['\u{2068}', '\u{2069}'], ""));
    }
    is_clean(&show(Format::Name, None));
    let json = show(Format::Json, None);
    is_clean(&json);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON is JSON");
    let lines = show(Format::Ndjson, None);
    is_clean(&lines);
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    match &value {
        serde_json::Value::Array(items) => assert_eq!(items, &lines),
        one => assert_eq!(std::slice::from_ref(one), lines),
    }
    let yaml = show(Format::Yaml, None);
    is_clean(&yaml);
    let read: serde_json::Value = serde_saphyr::from_str(&yaml).expect("YAML is YAML");
    assert_eq!(read, value, "{yaml}");
    value
}
