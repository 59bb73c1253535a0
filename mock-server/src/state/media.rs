//! Temporary media: kept for three days, and no more than fits.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    bounds::{MEDIA, MEDIUM_BYTES, MEDIUM_NAME_LETTERS},
    cut::cut,
    draw::Draw,
};

use super::{DAY, Moment, tracked::Keyed};

/// The time that an upload is kept.
const LIFETIME: Moment = 3 * DAY;

/// One upload.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Medium {
    /// Its Content-Type.
    pub content_type: String,
    /// Its name, if it has one.
    pub file_name: Option<String>,
    /// Its bytes.
    #[serde(with = "in_base64")]
    pub bytes: Bytes,
    created: Moment,
}

/// The uploads of one app.
#[derive(Clone, Debug, Default)]
pub struct Media {
    kept: Keyed<Medium>,
    oldest_first: VecDeque<Arc<str>>,
    bytes: usize,
}

impl Media {
    /// Keeps an upload and names it: 64 letters, as a media_id has. All uploads take at most `most` bytes; `None` where
    /// the earlier ones make no room for it.
    pub fn keep(
        &mut self,
        content_type: &str,
        file_name: Option<&str>,
        bytes: &[u8],
        most: usize,
        now: Moment,
        draw: &mut Draw,
    ) -> Option<String> {
        if bytes.len() > most.min(MEDIUM_BYTES) {
            return None;
        }
        self.bytes += bytes.len();
        while (self.bytes > most || self.kept.len() >= MEDIA)
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            if let Some(forgotten) = self.kept.remove(&*oldest) {
                self.bytes -= forgotten.bytes.len();
            }
        }
        let id = draw.letters(64);
        let key: Arc<str> = Arc::from(id.as_str());
        self.oldest_first.push_back(Arc::clone(&key));
        let medium = Medium {
            content_type: cut(content_type, MEDIUM_NAME_LETTERS).to_owned(),
            file_name: file_name.map(|name| cut(name, MEDIUM_NAME_LETTERS).to_owned()),
            bytes: Bytes::copy_from_slice(bytes),
            created: now,
        };
        self.kept.insert(key, medium);
        Some(id)
    }

    /// Each of them, to be kept one by one.
    pub(super) const fn kept_mut(&mut self) -> &mut Keyed<Medium> {
        &mut self.kept
    }

    /// All of them are back as they were kept.
    pub(super) fn settle(&mut self) {
        let mut all: Vec<(Moment, &Arc<str>)> = self
            .kept
            .iter()
            .map(|(key, one)| (one.created, key))
            .collect();
        all.sort_unstable();
        self.oldest_first = all.into_iter().map(|(_, key)| Arc::clone(key)).collect();
        self.bytes = self.kept.values().map(|medium| medium.bytes.len()).sum();
    }

    /// The bytes that are kept.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The upload of that id, within three days.
    pub fn find(&self, id: &str, now: Moment) -> Option<&Medium> {
        self.kept
            .get(id)
            .filter(|medium| now < medium.created + LIFETIME)
    }
}

/// Bytes as a text of JSON holds them.
mod in_base64 {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use bytes::Bytes;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(D::Error::custom)?;
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::MEDIA_BYTES;

    #[test]
    fn uploads_are_kept_three_days_and_within_bounds() {
        let (mut media, mut draw) = (Media::default(), Draw::new(1));
        let mut keep = |media: &mut Media, size: usize, most: usize| {
            media.keep("image/png", None, &vec![0; size], most, 0, &mut draw)
        };
        let id = keep(&mut media, 3, MEDIA_BYTES).unwrap();
        assert_eq!(media.find(&id, LIFETIME - 1).unwrap().bytes.len(), 3);
        assert!(media.find(&id, LIFETIME).is_none());
        for _ in 0..14 {
            keep(&mut media, MEDIUM_BYTES / 2, MEDIA_BYTES);
        }
        assert!(media.find(&id, 1).is_none(), "the oldest made room");
        assert!(media.bytes <= MEDIA_BYTES);
        assert!(keep(&mut media, 3, 2).is_none());
        assert!(keep(&mut media, 2, 2).is_some());
        assert_eq!(media.bytes, 2, "what other apps keep is not forgotten");
        for _ in 0..2 * MEDIA {
            keep(&mut media, 1, MEDIA_BYTES);
        }
        assert_eq!(media.kept.len(), MEDIA);
    }
}
