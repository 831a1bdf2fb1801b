//! Fetches the value that a `model::source` refers to: environment, file, standard input, the output
//! of a command. Prompting is done elsewhere.

mod command;

use std::{
    fs::File,
    io::{self, Read},
};

use zeroize::Zeroizing;

use crate::{
    config::env::Env,
    model::{
        header::HeaderName,
        scrub::Scrubber,
        secret::{Raw, Secret},
        source::{SecretText, Source},
        text::without_bom,
    },
    secrets::{
        apart::apart,
        error::{Error, TOO_LONG},
    },
};

/// The longest value that is read.
const MAX_BYTES: usize = 64 << 10;

/// The value of a header from the source in `text`; `None` if it has to be prompted for: then
/// [`compose`] takes the answer.
///
/// `env` is the environment, which a command gets too, without secrets. A file may be a named pipe or `/dev/fd/N`, in which case
/// this waits for its other end.
pub(crate) async fn fetch(
    header: &HeaderName,
    text: &SecretText,
    env: &Env,
    scrubber: &Scrubber,
) -> Result<Option<Secret>, Error> {
    let read = match &text.source {
        Source::Prompt => return Ok(None),
        Source::Env(name) => env
            .get(name)
            .ok_or_else(|| "it is not set".to_owned())
            .and_then(|value| {
                let value = value.to_owned().into_string();
                value.map_err(|_| NOT_TEXT.to_owned())
            })
            .map(|value| Raw::new(without_bom(&Zeroizing::new(value)))),
        Source::File(path) => {
            let path = path.clone();
            away(move || File::open(path)).await
        }
        Source::Stdin => away(|| Ok(io::stdin())).await,
        Source::Cmd(line) => {
            let environment = env.iter();
            let environment = environment.map(|(name, value)| (name.into(), value.into()));
            command::run(line, environment).await
        }
    };
    let composed = match read {
        Ok(value) => compose(header, text, value, scrubber),
        Err(why) => Err(unusable(header, &text.source, why)),
    };
    // Set to `true` by all common CI systems.
    let is_ci = env.get("CI").is_some();
    composed.map(Some).map_err(|mut error| {
        if let Error::Source { in_ci, .. } = &mut error {
            *in_ci = is_ci;
        }
        error
    })
}

/// The value of a header: `inner` with the text around it. The scrubber knows both from then on,
/// whether or not the value can be sent.
pub fn compose(
    header: &HeaderName,
    text: &SecretText,
    inner: Raw,
    scrubber: &Scrubber,
) -> Result<Secret, Error> {
    let inner = scrubber.secret(inner);
    let SecretText {
        before,
        source,
        after,
    } = text;
    if inner.expose().is_empty() {
        return Err(unusable(header, source, "it is empty".to_owned()));
    }
    let mut whole = Zeroizing::new(String::with_capacity(
        before.len() + inner.expose().len() + after.len(),
    ));
    for piece in [before, inner.expose(), after] {
        whole.push_str(piece);
    }
    let value = scrubber.secret(std::mem::take(&mut *whole));
    header
        .check_protected(value.expose())
        .map_err(|rule| unusable(header, source, rule.to_string()))?;
    Ok(value)
}

const NOT_TEXT: &str = "it is not UTF-8 text";

fn unusable(header: &HeaderName, from: &Source, why: String) -> Error {
    Error::Source {
        header: header.clone(),
        from: from.clone(),
        why,
        in_ci: false,
    }
}

async fn away<R: Read>(
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<Raw, String> {
    let job = move || open().map_err(|error| error.to_string()).and_then(read);
    apart(job)
        .await
        .unwrap_or_else(|_| Err("reading it failed".to_owned()))
}

fn read(from: impl Read) -> Result<Raw, String> {
    // Allocated at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 64));
    let limit = u64::try_from(MAX_BYTES + 1).expect("it is small");
    from.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > MAX_BYTES {
        return Err(TOO_LONG.to_owned());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| NOT_TEXT.to_owned())?;
    Ok(Raw::new(without_newline(without_bom(text))))
}

/// Removes one trailing newline, and nothing else.
fn without_newline(text: &str) -> &str {
    match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use crate::model::failure::Explain;

    fn header() -> HeaderName {
        "X-Key".parse().unwrap()
    }

    async fn get(text: &str) -> Result<Option<Secret>, Error> {
        let path = Env::capture().get("PATH").unwrap_or_default().to_owned();
        let env = Env::of([
            ("T", "t0ken".into()),
            ("PATH", path),
            ("UBIOPS_API_TOKEN", "hunter2".into()),
            ("UBIHOOK_SECRET_A", "hunter2".into()),
        ]);
        fetch(
            &header(),
            &text.parse().unwrap(),
            &env,
            &Scrubber::default(),
        )
        .await
    }

    #[tokio::test]
    async fn each_source_is_fetched_and_its_text_put_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let shown = path.display();
        for (content, value) in [("v\n", "v"), ("v\r\n", "v"), ("v ", "v "), ("v", "v")] {
            std::fs::write(&path, content).unwrap();
            let got = get(&format!("file:{shown}")).await.unwrap().unwrap();
            assert_eq!(got.expose(), value);
        }
        let got = get("Bearer {env:T}").await.unwrap().unwrap();
        assert_eq!(got.expose(), "Bearer t0ken");
        assert_eq!(get("prompt").await.unwrap(), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_is_run_without_a_shell_and_without_secrets() {
        for (text, value) in [
            ("cmd:printf %s v", "v"),
            ("cmd:printf 'v\\n'", "v"),
            ("Bearer {cmd:echo '{a}'}", "Bearer {a}"),
            ("cmd:echo $T", "$T"),
            ("cmd:sh -c 'echo $T'", "t0ken"),
            ("cmd:sh -c 'echo x$UBIOPS_API_TOKEN$UBIHOOK_SECRET_A'", "x"),
            // Its stdin is empty.
            ("cmd:sh -c 'cat; echo v'", "v"),
        ] {
            assert_eq!(get(text).await.unwrap().unwrap().expose(), value, "{text}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn each_failure_of_a_command_has_its_sentence_and_shows_nothing_of_its_output() {
        for (text, why) in [
            (
                "cmd:there-is-no-such-program hunter2",
                "there is no such program",
            ),
            ("cmd:sh -c 'echo hunter2; exit 3'", "it ended with code 3"),
            (
                "cmd:sh -c 'echo hunter2; kill -9 $$'",
                "it was ended by signal 9",
            ),
            ("cmd:true", "it printed nothing"),
            ("cmd:echo", "it printed nothing"),
            ("cmd:printf 'hunter2\\377'", NOT_TEXT),
            ("cmd:yes hunter2", TOO_LONG),
            ("cmd:/", "it could not be started"),
        ] {
            let error = get(text).await.unwrap_err();
            let said = format!("{error} {error:?} {:?}", error.hint());
            assert!(said.contains(why) && !said.contains("hunter"), "{said}");
            assert!(matches!(error, Error::Source { .. }));
        }
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_command_that_takes_too_long_is_given_up() {
        let error = get("cmd:sleep 600").await.unwrap_err().to_string();
        assert!(error.contains("did not end within 30 s"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_named_pipe_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let writer = path.clone();
        std::thread::spawn(move || std::fs::write(writer, "piped\n").unwrap());
        let got = get(&format!("file:{}", path.display())).await.unwrap();
        assert_eq!(got.unwrap().expose(), "piped");
    }

    #[test]
    fn the_inner_value_and_the_whole_are_scrubbed() {
        let scrubber = Scrubber::default();
        let text = "Bearer {prompt}!".parse().unwrap();
        compose(&header(), &text, "abc123xyz".into(), &scrubber).unwrap();
        assert_eq!(scrubber.clean("abc123xyz, Bearer abc123xyz!"), "***, ***");
    }
}
