//! Responses with lists: a long list is read from the database page by page while it is sent, so
//! that its length affects neither memory nor other calls.

use axum::{body::Body, http::StatusCode, response::Response};
use futures_util::stream;

use crate::mock::{
    reply::json,
    store::{self, webhooks::Page},
};

/// Responds with a list; `read` reads the page after a position, starting at 0. Each page shows the
/// state of the database at the time it is read.
pub(super) fn answer<R>(read: R) -> store::Result<Response>
where
    R: Fn(i64) -> store::Result<Page> + Send + 'static,
{
    let mut pages = Pages {
        read,
        next: Some(0),
        has_items: false,
    };
    let first = pages.next()?;
    if pages.next.is_none() {
        return Ok(json(StatusCode::OK, first.unwrap_or_default()));
    }
    // The status has been sent already, so a failure closes the connection: the client tries again.
    let all = stream::try_unfold((first, pages), async |(first, mut pages)| {
        let page = if first.is_some() {
            first
        } else {
            pages.next()?
        };
        Ok::<_, store::Error>(page.map(|page| (page, (None, pages))))
    });
    Ok(json(StatusCode::OK, Body::from_stream(all)))
}

struct Pages<R> {
    read: R,
    /// Where the next page begins; `None` after the last.
    next: Option<i64>,
    has_items: bool,
}

impl<R: Fn(i64) -> store::Result<Page>> Pages<R> {
    /// The text of the next page.
    fn next(&mut self) -> store::Result<Option<Vec<u8>>> {
        let Some(at) = self.next else { return Ok(None) };
        let Page { items, next } = (self.read)(at)?;
        let mut text = Vec::with_capacity(items.len() + 2);
        if at == 0 {
            text.push(b'[');
        }
        if self.has_items && !items.is_empty() {
            text.push(b',');
        }
        self.has_items |= !items.is_empty();
        text.extend_from_slice(&items);
        if next.is_none() {
            text.push(b']');
        }
        self.next = next;
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::{
        body::{HttpBody as _, to_bytes},
        http::header::CONTENT_LENGTH,
    };

    use super::*;

    /// The response with these pages, and whether its length is announced.
    async fn answered(pages: &[&str]) -> (String, bool) {
        let last = pages.len() - 1;
        let pages: Vec<_> = pages.iter().map(ToString::to_string).collect();
        let asked = Mutex::new(0..=last);
        let page = move |at| {
            let number = asked
                .lock()
                .unwrap()
                .next()
                .expect("no page after the last");
            assert_eq!(at, i64::try_from(number * 10).unwrap());
            Ok(Page {
                items: pages[number].clone().into(),
                next: (number < last).then_some(at + 10),
            })
        };
        let body = answer(page).unwrap().into_body();
        let is_told = body.size_hint().exact().is_some();
        let text = to_bytes(body, usize::MAX).await.unwrap();
        (String::from_utf8(text.into()).unwrap(), is_told)
    }

    #[tokio::test]
    async fn pages_make_one_list() {
        let cases: [(&[&str], _); 6] = [
            (&[""], ("[]", true)),
            (&["1,2"], ("[1,2]", true)),
            (&["1,2", ""], ("[1,2]", false)),
            (&["", ""], ("[]", false)),
            (&["", "1", "", "2,3", ""], ("[1,2,3]", false)),
            (&["1", "2"], ("[1,2]", false)),
        ];
        for (pages, (text, is_told)) in cases {
            assert_eq!(answered(pages).await, (text.to_owned(), is_told));
        }
    }

    #[tokio::test]
    async fn a_page_that_fails_ends_the_answer_before_its_end() {
        let page = |at| match at {
            0 => Ok(Page {
                items: b"1".into(),
                next: Some(1),
            }),
            _ => Err(store::Error::Stopped),
        };
        let response = answer(page).unwrap();
        assert!(!response.headers().contains_key(CONTENT_LENGTH));
        to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap_err();
        answer(|_| Err(store::Error::Stopped)).unwrap_err();
    }
}
