//! The cost of sealing and reading a push, beside the ciphers they cannot do without. Each `wxcheck/…` has its
//! `bare/…`: AES-256-CBC, key expansion included, and SHA-1 over the same bytes.

use std::hint::black_box;

use aes::Aes256;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use criterion::{Criterion, criterion_group, criterion_main};
use sha1::{Digest, Sha1};
use wxcheck_protocol::aes_key::EncodingAesKey;
use wxcheck_protocol::message::Field;
use wxcheck_protocol::push::{self, Format};
use wxcheck_protocol::xml::{self, CdataEnd};
use wxcheck_protocol::{envelope, signature};

const APPID: &str = "wx0123456789abcdef";
const TOKEN: &str = "conformance";
const TIMESTAMP: &str = "1700000001";
const NONCE: &str = "1234567890";
const RANDOM: &[u8; 16] = b"fedcba9876543210";

fn sealing(criterion: &mut Criterion) {
    let Ok(key) = EncodingAesKey::parse("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY") else {
        return;
    };
    let message = message();
    let padded = envelope::pad(envelope::frame(APPID, RANDOM, message.as_bytes()), 32);
    let encrypt = envelope::seal(&key, APPID, RANDOM, message.as_bytes());
    let msg_signature = signature::msg_signature(TOKEN, TIMESTAMP, NONCE, &encrypt);
    let joined = [NONCE, TIMESTAMP, &encrypt, TOKEN].concat();
    let short = [NONCE, TIMESTAMP, TOKEN].concat();

    let mut bare = criterion.benchmark_group("bare");
    bare.bench_function("sign", |b| b.iter(|| Sha1::digest(black_box(&short))));
    let mut buffer = padded.clone();
    bare.bench_function("seal_and_sign", |b| {
        b.iter(|| {
            let length = buffer.len();
            let sealed = cbc::Encryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
                .encrypt_padded::<NoPadding>(black_box(&mut buffer), length)
                .is_ok();
            (sealed, Sha1::digest(black_box(&joined)))
        });
    });
    bare.bench_function("read", |b| {
        b.iter(|| {
            let opened = cbc::Decryptor::<Aes256>::new(key.bytes().into(), &key.iv().into())
                .decrypt_padded::<NoPadding>(black_box(&mut buffer))
                .is_ok();
            (opened, Sha1::digest(black_box(&joined)))
        });
    });
    bare.finish();

    let mut wxcheck = criterion.benchmark_group("wxcheck");
    wxcheck.bench_function("sign", |b| {
        b.iter(|| signature::signature(black_box(TOKEN), TIMESTAMP, NONCE));
    });
    wxcheck.bench_function("seal_and_sign", |b| {
        b.iter(|| {
            let encrypt = envelope::seal(&key, APPID, RANDOM, black_box(message.as_bytes()));
            let msg_signature = signature::msg_signature(TOKEN, TIMESTAMP, NONCE, &encrypt);
            (encrypt, msg_signature)
        });
    });
    wxcheck.bench_function("read", |b| {
        b.iter(|| {
            let encrypt = black_box(&encrypt);
            let expected = signature::msg_signature(TOKEN, TIMESTAMP, NONCE, encrypt);
            let signed = signature::matches(&msg_signature, &expected);
            let opened = envelope::open_for(&key, APPID, encrypt).ok()?;
            let document = xml::read(str::from_utf8(&opened.message).ok()?).ok()?;
            Some((signed, document))
        });
    });
    wxcheck.finish();
}

/// A text message of 500 bytes.
fn message() -> String {
    let write = |content: &str| {
        let fields = [
            Field::text("ToUserName", "gh_0123456789ab"),
            Field::text("FromUserName", "oAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            Field::number("CreateTime", 1_700_000_000),
            Field::text("MsgType", "text"),
            Field::text("Content", content),
            Field::number("MsgId", 23_893_347_810_211_482),
        ];
        push::write_message(Format::Xml, &fields, CdataEnd::Split)
    };
    let rest = 500_usize.saturating_sub(write("").len());
    write(&"x".repeat(rest))
}

criterion_group!(benches, sealing);
criterion_main!(benches);
