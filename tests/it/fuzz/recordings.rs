//! Lines of a recording, which may be cut, edited or written by something else.

use ubihook::inside::receiver::Line;

pub fn target(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        if let Line::Delivery(read) = Line::read(line) {
            let written = serde_json::to_string(&read).unwrap();
            assert!(!written.contains('\n'));
            assert_eq!(Line::read(written.as_bytes()), Line::Delivery(read));
            // Whatever is cut off, it is not read as another delivery.
            let half = written.char_indices().nth(written.chars().count() / 2);
            let (half, _) = written.split_at(half.map_or(0, |(at, _)| at));
            assert!(!matches!(Line::read(half.as_bytes()), Line::Delivery(_)));
        }
    }
}
