//! A list as an answer: a long one is read from the database page by page while it is sent, so that
//! neither memory nor the calls of others bear its length.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::StatusCode,
    response::Response,
};
use http_body::Frame;

use super::json;
use crate::mock::store::{self, webhooks::Page};

/// Answers with a list; `read` reads the page behind a place, of which the first is 0. Of a list
/// longer than that, each page is as the database is when its turn comes.
pub(super) fn answer<R>(read: R) -> store::Result<Response>
where
    R: Fn(i64) -> store::Result<Page> + Send + Unpin + 'static,
{
    let mut pages = Pages {
        read,
        next: Some(0),
        made: Vec::new(),
        has_items: false,
    };
    pages.make()?;
    Ok(match pages.next {
        None => json(StatusCode::OK, pages.made),
        Some(_) => json(StatusCode::OK, Body::new(pages)),
    })
}

struct Pages<R> {
    read: R,
    /// Where the next page begins; none behind the last.
    next: Option<i64>,
    /// What is to be sent before that is read.
    made: Vec<u8>,
    has_items: bool,
}

impl<R: Fn(i64) -> store::Result<Page>> Pages<R> {
    /// Makes the text of the next page; there is one.
    fn make(&mut self) -> store::Result<()> {
        let is_first = self.next == Some(0);
        let Page { items, next } = (self.read)(self.next.unwrap_or_default())?;
        if is_first {
            self.made.push(b'[');
        }
        if self.has_items && !items.is_empty() {
            self.made.push(b',');
        }
        self.has_items |= !items.is_empty();
        self.made.extend_from_slice(&items);
        if next.is_none() {
            self.made.push(b']');
        }
        self.next = next;
        Ok(())
    }
}

impl<R: Fn(i64) -> store::Result<Page> + Unpin> HttpBody for Pages<R> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.made.is_empty() {
            if self.next.is_none() {
                return Poll::Ready(None);
            }
            // The status is gone by now: the connection is cut, and a client asks again.
            if let Err(error) = self.make() {
                return Poll::Ready(Some(Err(axum::Error::new(error))));
            }
        }
        let made = std::mem::take(&mut self.made);
        Poll::Ready(Some(Ok(Frame::data(made.into()))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::{body::to_bytes, http::header::CONTENT_LENGTH};

    use super::*;

    /// The answer of these pages, and whether its length is told.
    async fn answered(pages: &[&str]) -> (String, bool) {
        let last = pages.len() - 1;
        let pages: Vec<_> = pages.iter().map(ToString::to_string).collect();
        let asked = Mutex::new(0..=last);
        let page = move |at| {
            let number = asked
                .lock()
                .unwrap()
                .next()
                .expect("no page behind the last");
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
