//! Fetches the value that a `model::source` refers to: environment, file, standard input. Prompting
//! is done elsewhere.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
};

use zeroize::Zeroizing;

use crate::{
    model::{
        header::{HeaderName, check_value},
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
/// `env` looks up an environment variable. A file may be a named pipe or `/dev/fd/N`, in which case
/// this waits for its other end.
pub(crate) async fn fetch(
    header: &HeaderName,
    text: &SecretText,
    env: &dyn Fn(&str) -> Option<OsString>,
    scrubber: &Scrubber,
) -> Result<Option<Secret>, Error> {
    let read = match &text.source {
        Source::Prompt => return Ok(None),
        Source::Env(name) => env(name)
            .ok_or_else(|| "it is not set".to_owned())
            .and_then(|value| value.into_string().map_err(|_| NOT_TEXT.to_owned()))
            .map(|value| Raw::new(without_bom(&Zeroizing::new(value)))),
        Source::File(path) => {
            let path = path.clone();
            away(move || File::open(path)).await
        }
        Source::Stdin => away(|| Ok(io::stdin())).await,
    };
    let composed = match read {
        Ok(value) => compose(header, text, value, scrubber),
        Err(why) => Err(unusable(header, &text.source, why)),
    };
    // Set to `true` by all common CI systems.
    let is_ci = env("CI").is_some_and(|value| !value.is_empty());
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
    check_value(value.expose()).map_err(|rule| unusable(header, source, rule.to_string()))?;
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
    use crate::model::failure::Explain;

    fn header() -> HeaderName {
        "X-Key".parse().unwrap()
    }

    async fn get(text: &str) -> Result<Option<Secret>, Error> {
        let env = |name: &str| (name == "T").then(|| "t0ken\n".trim_end().into());
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

    #[tokio::test]
    async fn a_source_that_cant_be_used_names_header_and_source_and_nothing_of_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let file = format!("file:{}", path.display());
        let mut errors = vec![
            get("env:NONE").await.unwrap_err(),
            get(&file).await.unwrap_err(),
            get(&format!("file:{}", folder.path().display()))
                .await
                .unwrap_err(),
        ];
        for content in ["", "\n", "hunter2\n\n", "hunter\x002"] {
            std::fs::write(&path, content).unwrap();
            errors.push(get(&file).await.unwrap_err());
        }
        std::fs::write(&path, b"hunter2\xff").unwrap();
        errors.push(get(&file).await.unwrap_err());
        std::fs::write(&path, vec![b'x'; MAX_BYTES + 1]).unwrap();
        errors.push(get(&file).await.unwrap_err());
        for error in errors {
            let text = format!("{error} {error:?} {:?}", error.hint());
            assert!(
                text.contains("`X-Key`") && !text.contains("hunter"),
                "{text}"
            );
            assert!(matches!(error, Error::Source { .. }));
        }
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
