//! Temporary media: kept for three days, and no more than fits.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::{DAY, Moment, draw::Draw};

/// How long an upload is kept.
const LIFETIME: Moment = 3 * DAY;
/// Bytes kept for each app; the oldest uploads are forgotten first.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// One upload.
#[derive(Clone, Debug)]
pub struct Medium {
    /// Its Content-Type.
    pub content_type: String,
    /// Its name, if it has one.
    pub file_name: Option<String>,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    created: Moment,
}

/// The uploads of one app.
#[derive(Clone, Debug, Default)]
pub struct Media {
    kept: HashMap<String, Medium>,
    oldest_first: VecDeque<String>,
    bytes: usize,
}

impl Media {
    /// Keeps an upload and names it: 64 letters, as a media_id has.
    pub fn keep(
        &mut self,
        content_type: String,
        file_name: Option<String>,
        bytes: &[u8],
        now: Moment,
        draw: &mut Draw,
    ) -> String {
        self.bytes += bytes.len();
        while self.bytes > KEPT_BYTES
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            if let Some(forgotten) = self.kept.remove(&oldest) {
                self.bytes -= forgotten.bytes.len();
            }
        }
        let id = draw.letters(64);
        self.oldest_first.push_back(id.clone());
        let medium = Medium {
            content_type,
            file_name,
            bytes: Arc::from(bytes),
            created: now,
        };
        self.kept.insert(id.clone(), medium);
        id
    }

    /// The upload of that id, within three days.
    pub fn find(&self, id: &str, now: Moment) -> Option<&Medium> {
        self.kept
            .get(id)
            .filter(|medium| now < medium.created + LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_are_kept_three_days_and_within_bounds() {
        let (mut media, mut draw) = (Media::default(), Draw::new(1));
        let mut keep = |media: &mut Media, size: usize| {
            media.keep("image/png".into(), None, &vec![0; size], 0, &mut draw)
        };
        let id = keep(&mut media, 3);
        assert_eq!(media.find(&id, LIFETIME - 1).unwrap().bytes.len(), 3);
        assert!(media.find(&id, LIFETIME).is_none());
        for _ in 0..8 {
            keep(&mut media, KEPT_BYTES / 8);
        }
        assert!(media.find(&id, 1).is_none(), "the oldest made room");
        assert!(media.bytes <= KEPT_BYTES);
    }
}
