//! Bodies that a listener receives: whatever anybody sends.

use ubihook::inside::{model::Event, receiver::Content};

pub fn target(data: &[u8]) {
    let content = Content::read(data);
    let forms = [
        content.payload.is_some(),
        content.text.is_some(),
        content.base64.is_some(),
    ];
    assert_eq!(forms.into_iter().filter(|is| *is).count(), 1);
    if let Some(text) = &content.text {
        assert_eq!(text.as_bytes(), data);
    }
    if let Some(payload) = &content.payload {
        // The same delivery, and in its shortest form already.
        let again = Content::read(payload.as_str().as_bytes());
        assert_eq!(again, content);
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(payload.as_str()).is_ok());
    }
    if content.problem().is_none() {
        assert!(content.request_id.is_some());
        assert!(Event::split(&content.event.unwrap()).is_some());
    }
}
