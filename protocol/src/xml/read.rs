//! Reading: a small tree that keeps order and duplicates, refuses a DTD, and has bounds for its depth, its elements and
//! their attributes.

use quick_xml::Reader;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};
use thiserror::Error;

use crate::limits::{ATTRIBUTE_LIMIT, DEPTH_LIMIT, NODE_LIMIT};
use crate::message::{Field, Value};

/// A document, with what stood around its root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// The one root element.
    pub root: Element,
    /// An XML declaration stood in front; WeChat writes none.
    pub declaration: bool,
    /// A comment or processing instruction stood somewhere. Both are skipped.
    pub comments: bool,
}

/// An element. Attributes are checked and dropped: no message of the protocol has any.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Element {
    /// The tag's name, prefix included.
    pub name: String,
    /// All text and CDATA directly inside, joined; empty if there are children and nothing but white space.
    pub text: String,
    /// At least one CDATA section stood directly inside.
    pub cdata: bool,
    /// The child elements in order.
    pub children: Vec<Self>,
}

impl Element {
    /// The first child of that exact name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children as message fields: an element with children becomes a group, any other a text.
    pub fn fields(&self) -> Vec<Field> {
        let value = |child: &Self| {
            if child.children.is_empty() {
                Value::Text(child.text.clone())
            } else {
                Value::Group(child.fields())
            }
        };
        self.children
            .iter()
            .map(|child| Field::new(&child.name, value(child)))
            .collect()
    }
}

/// Reads one document.
///
/// More lenient than the standard where WeChat itself leaves it: control characters are text. Line ends stay as they
/// are.
pub fn read(text: &str) -> Result<Document, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::default();
    loop {
        let at = position(reader.buffer_position());
        let event = reader.read_event().map_err(|error| XmlError::Malformed {
            at: position(reader.error_position()),
            reason: error.to_string(),
        })?;
        match event {
            Event::Start(start) => tree.open(&start, at)?,
            Event::Empty(start) => {
                tree.open(&start, at)?;
                tree.close(at)?;
            }
            Event::End(_) => tree.close(at)?,
            Event::Text(text) => tree.text(&text.into_inner(), at)?,
            Event::CData(text) => tree.cdata(&text.into_inner())?,
            Event::GeneralRef(reference) => tree.reference(&reference, at)?,
            Event::Decl(_) if at == 0 => tree.declaration = true,
            Event::Decl(_) => {
                return Err(malformed(
                    at,
                    "an XML declaration that is not at the very start",
                ));
            }
            Event::Comment(_) | Event::PI(_) => tree.comments = true,
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::Eof => return tree.finish(at),
        }
    }
}

/// A fault of a text that should be XML.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum XmlError {
    /// A document type declaration. It is refused whatever it says: entities are how XML reads files and servers.
    #[error("a document type declaration, which no message has")]
    Doctype,
    /// Not well-formed.
    #[error("{reason} (at byte {at})")]
    Malformed {
        /// The place, in bytes from the start of the text.
        at: usize,
        /// The fault.
        reason: String,
    },
    /// No element at all.
    #[error("no element")]
    NoRoot,
    /// A second element after the first one ended.
    #[error("a second root element <{name}>")]
    SecondRoot {
        /// Its name.
        name: String,
    },
    /// Text in front of the root element or after it.
    #[error("text outside the root element")]
    TextOutsideRoot,
    /// Elements within elements, more than 16 deep.
    #[error("too deep: elements more than {DEPTH_LIMIT} deep")]
    TooDeep,
    /// More than 4096 elements.
    #[error("too many elements: more than {NODE_LIMIT}")]
    TooMany,
    /// An entity that XML does not define by itself.
    #[error("an unknown entity &{name};")]
    UnknownEntity {
        /// Its name.
        name: String,
    },
}

impl XmlError {
    /// The place of the fault, in bytes from the start of the text, where it has one.
    pub const fn at(&self) -> Option<usize> {
        match self {
            Self::Malformed { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// The tree as read so far.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    /// The number of elements opened so far.
    elements: usize,
    root: Option<Element>,
    declaration: bool,
    comments: bool,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), XmlError> {
        let name = start.name().0;
        if self.root.is_some() {
            return Err(XmlError::SecondRoot {
                name: name.to_owned(),
            });
        }
        if self.open.len() == DEPTH_LIMIT {
            return Err(XmlError::TooDeep);
        }
        if self.elements == NODE_LIMIT {
            return Err(XmlError::TooMany);
        }
        self.elements += 1;
        if !is_name(name) {
            return Err(malformed(at, format!("<{name}> is not an element name")));
        }
        for (index, attribute) in start.attributes().enumerate() {
            attribute.map_err(|error| malformed(at, attribute_fault(name, &error)))?;
            if index == ATTRIBUTE_LIMIT {
                return Err(malformed(
                    at,
                    format!("too many attributes of <{name}>: more than {ATTRIBUTE_LIMIT}"),
                ));
            }
        }
        self.open.push(Element {
            name: name.to_owned(),
            ..Element::default()
        });
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), XmlError> {
        let Some(mut element) = self.open.pop() else {
            return Err(malformed(at, "a closing tag without its opening tag"));
        };
        if !element.children.is_empty() && is_white_space(&element.text) {
            element.text.clear();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, at: usize) -> Result<(), XmlError> {
        // What is left of a text that closed its own CDATA section.
        if let Some(inside) = text.find("]]>") {
            return Err(malformed(
                at + inside,
                "]]> in text, outside a CDATA section",
            ));
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if is_white_space(text) => {}
            None => return Err(XmlError::TextOutsideRoot),
        }
        Ok(())
    }

    fn cdata(&mut self, text: &str) -> Result<(), XmlError> {
        let element = self.open.last_mut().ok_or(XmlError::TextOutsideRoot)?;
        element.text.push_str(text);
        element.cdata = true;
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>, at: usize) -> Result<(), XmlError> {
        let element = self.open.last_mut().ok_or(XmlError::TextOutsideRoot)?;
        let character = reference
            .resolve_char_ref()
            .map_err(|error| malformed(at, error.to_string()))?;
        let character = match character {
            Some(character) => character,
            None => match reference.xml10_content().as_ref() {
                "amp" => '&',
                "apos" => '\'',
                "gt" => '>',
                "lt" => '<',
                "quot" => '"',
                name => {
                    return Err(XmlError::UnknownEntity {
                        name: name.to_owned(),
                    });
                }
            },
        };
        element.text.push(character);
        Ok(())
    }

    fn finish(self, at: usize) -> Result<Document, XmlError> {
        if let Some(element) = self.open.last() {
            return Err(malformed(at, format!("<{}> is not closed", element.name)));
        }
        let Self {
            declaration,
            comments,
            ..
        } = self;
        self.root
            .map(|root| Document {
                root,
                declaration,
                comments,
            })
            .ok_or(XmlError::NoRoot)
    }
}

/// The fault of an attribute, in words that need no other place than the element's.
fn attribute_fault(name: &str, error: &AttrError) -> String {
    match error {
        AttrError::Duplicated(..) => format!("an attribute of <{name}> stands twice"),
        _ => format!("an attribute of <{name}> is not written as name=\"value\""),
    }
}

fn malformed(at: usize, reason: impl Into<String>) -> XmlError {
    XmlError::Malformed {
        at,
        reason: reason.into(),
    }
}

/// Close to the standard's names; the point is to notice text that only looks like a tag.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | ':'))
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
}

/// The white space of XML, which is less than that of Unicode.
fn is_white_space(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Element {
        read(text).unwrap().root
    }

    #[test]
    fn sections_and_text_join() {
        let root =
            root("<xml><Content>a&amp;<![CDATA[<b>]]><![CDATA[&amp;]]> c&#x4f60;</Content></xml>");
        let content = root.child("Content").unwrap();
        assert_eq!(content.text, "a&<b>&amp; c你");
        assert!(content.cdata);
    }

    #[test]
    fn white_space_counts_in_leaves_only() {
        let root = root("<xml>\n  <A> </A>\r\n\t<B><C/></B> </xml>");
        assert_eq!(root.text, "");
        assert_eq!(root.child("A").unwrap().text, " ");
        assert_eq!(root.children.len(), 2);
    }

    #[test]
    fn order_and_duplicates_stay() {
        let root = root("<xml><B>1</B><A>2</A><B>3</B></xml>");
        let found: Vec<_> = root
            .children
            .iter()
            .map(|e| (e.name.as_str(), e.text.as_str()))
            .collect();
        assert_eq!(found, [("B", "1"), ("A", "2"), ("B", "3")]);
        assert_eq!(root.child("B").unwrap().text, "1");
    }

    #[test]
    fn what_stands_around_the_root_is_reported() {
        let document = read("<?xml version=\"1.0\"?><!-- hi -->\n<xml/>\n").unwrap();
        assert!(document.declaration && document.comments);
        let document = read("<xml/>").unwrap();
        assert!(!document.declaration && !document.comments);
    }

    #[test]
    fn control_characters_are_text() {
        assert_eq!(
            root("<xml><![CDATA[a\u{2}\u{0}]]></xml>").text,
            "a\u{2}\u{0}"
        );
    }

    #[test]
    fn each_error_is_its_own() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(read(&nested(16)).is_ok());
        assert_eq!(read(&nested(17)), Err(XmlError::TooDeep));
        assert_eq!(
            read("<!DOCTYPE xml [<!ENTITY a \"b\">]><xml>&a;</xml>"),
            Err(XmlError::Doctype)
        );
        assert_eq!(read(""), Err(XmlError::NoRoot));
        assert_eq!(read("<!-- -->"), Err(XmlError::NoRoot));
        assert_eq!(
            read("<a/><b/>"),
            Err(XmlError::SecondRoot { name: "b".into() })
        );
        for text in ["x<a/>", "<a/>x", "<a/>&amp;", "<![CDATA[x]]><a/>"] {
            assert_eq!(read(text), Err(XmlError::TextOutsideRoot), "{text}");
        }
        assert_eq!(
            read("<a>&nbsp;</a>"),
            Err(XmlError::UnknownEntity {
                name: "nbsp".into()
            })
        );
    }

    #[test]
    fn what_is_not_well_formed_is_malformed() {
        for text in [
            "<",
            "<a",
            "<a>",
            "<a></b>",
            "</a>",
            "<a/></a>",
            "<a>&amp</a>",
            "<a>&#x110000;</a>",
            "<a b></a>",
            "<a b=\"1\" b=\"2\"/>",
            "<1/>",
            "<a[0]/>",
            "<a><![CDATA[x</a>",
            "<a><![CDATA[x]]>y]]></a>",
            " <?xml version=\"1.0\"?><a/>",
        ] {
            assert!(
                matches!(read(text), Err(XmlError::Malformed { .. })),
                "{text}: {:?}",
                read(text)
            );
        }
    }

    #[test]
    fn elements_are_bounded() {
        let many = |count: usize| format!("<xml>{}</xml>", "<a/>".repeat(count - 1));
        assert_eq!(root(&many(NODE_LIMIT)).children.len(), NODE_LIMIT - 1);
        let refused = read(&many(NODE_LIMIT + 1)).unwrap_err();
        assert_eq!(refused.to_string(), "too many elements: more than 4096");
        assert_eq!(read(&"<a>".repeat(300_000)), Err(XmlError::TooDeep));
    }

    #[test]
    fn attributes_are_bounded() {
        let attributes: Vec<_> = (0..40_000).map(|n| format!(" a{n}=\"\"")).collect();
        let attributes = attributes.concat();
        assert!(matches!(
            read(&format!("<a{attributes}/>")),
            Err(XmlError::Malformed { .. })
        ));
    }
}
