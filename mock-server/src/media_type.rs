//! The type of an upload, as its bytes tell: what it was called by is the word of whoever uploaded it.

/// The type of bytes of which nothing more is known.
pub(crate) const UNKNOWN: &str = "application/octet-stream";
/// The sizes that the second header of a bitmap may have.
const BITMAP_HEADERS: [u8; 7] = [12, 40, 52, 56, 64, 108, 124];

/// The type of a picture, a sound or a film, of those that a chat has; `None` for everything else. No document is among
/// them, so that nothing of a known type can hold a script: an SVG is none.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    let has = |at: usize, text: &[u8]| bytes.get(at..at + text.len()) == Some(text);
    Some(match bytes {
        _ if begins(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if begins(b"\xff\xd8\xff") => "image/jpeg",
        _ if begins(b"GIF87a") || begins(b"GIF89a") => "image/gif",
        _ if begins(b"RIFF") && has(8, b"WEBP") => "image/webp",
        _ if is_bitmap(bytes) => "image/bmp",
        _ if begins(b"#!AMR\n") => "audio/amr",
        _ if begins(b"#!AMR-WB\n") => "audio/amr-wb",
        _ if begins(b"RIFF") && has(8, b"WAVE") => "audio/wav",
        _ if begins(b"OggS") => "audio/ogg",
        _ if begins(b"ID3") => "audio/mpeg",
        // A frame of MPEG audio, layer III; the byte order mark FF FE is none.
        [0xff, second, ..] if second & 0xe6 == 0xe2 => "audio/mpeg",
        _ if has(4, b"ftypM4A") => "audio/mp4",
        _ if has(4, b"ftyp") => "video/mp4",
        _ => return None,
    })
}

/// Two letters would be too few to go by.
fn is_bitmap(bytes: &[u8]) -> bool {
    let header = bytes.get(14..18);
    bytes.starts_with(b"BM")
        && matches!(header, Some([size, 0, 0, 0]) if BITMAP_HEADERS.contains(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_sounds_and_films_are_known_by_their_bytes() {
        let mut bitmap = [0; 54];
        bitmap[..2].copy_from_slice(b"BM");
        bitmap[14] = 40;
        for (bytes, wanted) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"GIF89a\x01\0", "image/gif"),
            (b"RIFF\x1a\0\0\0WEBPVP8L", "image/webp"),
            (&bitmap, "image/bmp"),
            (b"#!AMR\n\x3c", "audio/amr"),
            (b"#!AMR-WB\n\x3c", "audio/amr-wb"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
            (b"OggS\0\x02", "audio/ogg"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"\0\0\0\x20ftypM4A \0", "audio/mp4"),
            (b"\0\0\0\x20ftypisom\0", "video/mp4"),
        ] {
            assert_eq!(media_type(bytes), Some(wanted));
        }
    }

    #[test]
    fn nothing_that_a_browser_would_run_is_known() {
        for bytes in [
            &b""[..],
            b"<html><script>alert(1)</script>",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"<?xml version='1.0'?><svg/>",
            b"BM<script>alert(1)</script>",
            b"\xff\xfe<\0h\0t\0m\0l\0>\0",
            b"\xef\xbb\xbf<html>",
            b"%PDF-1.7",
            b"\x89PNG",
            b"RIFF",
        ] {
            assert_eq!(media_type(bytes), None, "{bytes:?}");
        }
    }
}
