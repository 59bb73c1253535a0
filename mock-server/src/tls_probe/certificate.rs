//! Reads the facts of a certificate (RFC 5280, 4.1), with the library that the test certificates are written with.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods are not general enough over the reader's lifetimes to be passed by name"
)]

use yasna::{
    ASN1Error, ASN1ErrorKind, ASN1Result, BERReader, BERReaderSeq, Tag,
    models::{ObjectIdentifier, TaggedDerValue},
    tags::{TAG_BMPSTRING, TAG_UTCTIME},
};

use super::CertificateFacts;

/// The facts of a certificate, and the places that it gives for its issuer's certificate.
pub(super) fn read(der: &[u8]) -> ASN1Result<(CertificateFacts, Vec<String>)> {
    parse(der, |reader| {
        reader.read_sequence(|reader| {
            let said = reader.next().read_sequence(to_be_signed)?;
            let _algorithm = reader.next().read_der()?;
            let _signature = reader.next().read_der()?;
            Ok(said)
        })
    })
}

/// Parses DER whose lengths hold. The library adds them up before it looks, and a sum of hostile ones overflows.
fn parse<'a, T>(
    der: &'a [u8],
    read: impl FnOnce(BERReader<'a, '_>) -> ASN1Result<T>,
) -> ASN1Result<T> {
    if lengths_hold(der, DEPTH).is_none() {
        return Err(ASN1Error::new(ASN1ErrorKind::Invalid));
    }
    // Not as strict as DER: some certificates write out a default.
    yasna::parse_ber(der, read)
}

/// Certificates nest about ten levels deep.
const DEPTH: usize = 32;

/// Checks that every length, written as DER writes it, ends within what holds it.
fn lengths_hold(mut bytes: &[u8], depth: usize) -> Option<()> {
    /// The bit of a tag whose content is elements.
    const CONSTRUCTED: u8 = 0x20;
    while let [tag, rest @ ..] = bytes {
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            // 0x80 leaves the end open, and no certificate has more than four bytes of length.
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                let length = length
                    .iter()
                    .fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, behind) = rest.split_at_checked(length)?;
        if tag & CONSTRUCTED != 0 {
            lengths_hold(content, depth.checked_sub(1)?)?;
        }
        bytes = behind;
    }
    Some(())
}

fn to_be_signed(reader: &mut BERReaderSeq<'_, '_>) -> ASN1Result<(CertificateFacts, Vec<String>)> {
    let _version = reader
        .read_optional(|reader| reader.read_tagged(Tag::context(0), |reader| reader.read_u8()))?;
    let _serial_number = reader.next().read_der()?;
    let _algorithm = reader.next().read_der()?;
    let issuer = name(reader.next())?;
    let validity =
        |reader: &mut BERReaderSeq<'_, '_>| Ok((time(reader.next())?, time(reader.next())?));
    let (not_before, not_after) = reader.next().read_sequence(validity)?;
    let subject = name(reader.next())?;
    let _key = reader.next().read_der()?;
    for unique_id in [1, 2] {
        let bits = |reader: BERReader<'_, '_>| reader.read_bitvec_bytes();
        reader
            .read_optional(|reader| reader.read_tagged_implicit(Tag::context(unique_id), bits))?;
    }
    let extensions = reader.read_optional(|reader| {
        reader.read_tagged(Tag::context(3), |reader| {
            reader.collect_sequence_of(extension)
        })
    })?;
    let (mut names, mut issuer_places) = (Vec::new(), Vec::new());
    // An extension that cannot be read says nothing.
    for (id, content) in extensions.unwrap_or_default() {
        match id.components()[..] {
            [2, 5, 29, 17] => names = subject_names(&content).unwrap_or_default(),
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => issuer_places = places(&content).unwrap_or_default(),
            _ => {}
        }
    }
    let facts = CertificateFacts {
        subject,
        issuer,
        names,
        not_before,
        not_after,
    };
    Ok((facts, issuer_places))
}

fn extension(reader: BERReader<'_, '_>) -> ASN1Result<(ObjectIdentifier, Vec<u8>)> {
    reader.read_sequence(|reader| {
        let id = reader.next().read_oid()?;
        let _critical = reader.read_default(false, |reader| reader.read_bool())?;
        Ok((id, reader.next().read_bytes()?))
    })
}

/// The host names among the names of the subject (4.2.1.6).
fn subject_names(extension: &[u8]) -> ASN1Result<Vec<String>> {
    let names = parse(extension, |reader| {
        reader.collect_sequence_of(|reader| reader.read_tagged_der())
    })?;
    let hosts = names.iter().filter(|name| name.tag() == Tag::context(2));
    Ok(hosts
        .map(|name| String::from_utf8_lossy(name.value()).into_owned())
        .collect())
}

/// The places of the issuer's certificate (4.2.2.1).
fn places(extension: &[u8]) -> ASN1Result<Vec<String>> {
    let accesses = parse(extension, |reader| {
        reader.collect_sequence_of(|reader| {
            reader.read_sequence(|reader| {
                Ok((reader.next().read_oid()?, reader.next().read_tagged_der()?))
            })
        })
    })?;
    let issuers = accesses.iter().filter(|(method, place)| {
        method.components()[..] == [1, 3, 6, 1, 5, 5, 7, 48, 2] && place.tag() == Tag::context(6)
    });
    Ok(issuers
        .map(|(_, place)| String::from_utf8_lossy(place.value()).into_owned())
        .collect())
}

/// In Unix seconds.
fn time(reader: BERReader<'_, '_>) -> ASN1Result<i64> {
    Ok(if reader.lookahead_tag()? == TAG_UTCTIME {
        reader.read_utctime()?.datetime().unix_timestamp()
    } else {
        reader.read_generalized_time()?.datetime().unix_timestamp()
    })
}

/// Like `C=CN, O=An authority, CN=its name`.
fn name(reader: BERReader<'_, '_>) -> ASN1Result<String> {
    let attribute = |reader: BERReader<'_, '_>| {
        reader.read_sequence(|reader| {
            let kind = kind(&reader.next().read_oid()?);
            Ok(format!(
                "{kind}={}",
                text(&reader.next().read_tagged_der()?)
            ))
        })
    };
    let parts = reader.collect_sequence_of(|reader| reader.collect_set_of(attribute))?;
    let parts: Vec<String> = parts
        .iter()
        .map(|attributes| attributes.join(" + "))
        .collect();
    Ok(parts.join(", "))
}

fn kind(id: &ObjectIdentifier) -> String {
    let known = match id.components()[..] {
        [2, 5, 4, 3] => "CN",
        [2, 5, 4, 5] => "serialNumber",
        [2, 5, 4, 6] => "C",
        [2, 5, 4, 7] => "L",
        [2, 5, 4, 8] => "ST",
        [2, 5, 4, 9] => "streetAddress",
        [2, 5, 4, 10] => "O",
        [2, 5, 4, 11] => "OU",
        [2, 5, 4, 15] => "businessCategory",
        [2, 5, 4, 17] => "postalCode",
        [0, 9, 2342, 19_200_300, 100, 1, 25] => "DC",
        [1, 2, 840, 113_549, 1, 9, 1] => "Email",
        [1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 1] => "msJurisdictionLocality",
        [1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 2] => "msJurisdictionStateOrProvince",
        [1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 3] => "msJurisdictionCountry",
        _ => return format!("OID({id})"),
    };
    known.to_owned()
}

fn text(value: &TaggedDerValue) -> String {
    let bytes = value.value();
    if value.tag() == TAG_BMPSTRING {
        let units = bytes
            .chunks_exact(2)
            .map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
        return char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_what_holds_them_are_an_error() {
        let mut nested = Vec::new();
        for _ in 0..200 {
            nested.insert(0, u8::try_from(nested.len()).unwrap_or(0x7f));
            nested.insert(0, 0x30);
        }
        for hostile in [
            // What a fuzzer found: the sum of the lengths overflowed.
            b"\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x80\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff\x10"
                .as_slice(),
            b"\x30\x84\xff\xff\xff\xff\x01",
            b"\x30\x03\x30\x02\x01",
            b"\x30\x80\x00\x00",
            b"\x30",
            &nested,
        ] {
            assert!(read(hostile).is_err(), "{hostile:x?}");
        }
    }

    #[test]
    fn lengths_that_hold_are_taken() {
        assert_eq!(
            lengths_hold(b"\x30\x03\x02\x01\x05\x05\x00", DEPTH),
            Some(())
        );
        let long = [&[0x04, 0x81, 0x80][..], &[0; 0x80]].concat();
        assert_eq!(lengths_hold(&long, DEPTH), Some(()));
    }
}
