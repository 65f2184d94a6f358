//! A value that would arrive changed is an error, with the name of its type.

#![allow(clippy::unwrap_used)] // how a test says what must hold

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use task_utils::frame;

fn there_and_back<T: Serialize + DeserializeOwned>(value: &T) -> io::Result<T> {
    let mut bytes = Vec::new();
    frame::encode(value, &mut bytes)?;
    frame::decode(&bytes)
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Skips {
    #[serde(skip_serializing_if = "is_zero", default)]
    a: u8,
    b: Vec<u8>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Shape {
    Empty,
    Many(u8, String),
    One(Option<Skips>),
    Named {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        x: Option<u8>,
        y: i64,
    },
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Flat {
    #[serde(flatten)]
    rest: Skips,
}

#[test]
fn a_value_of_every_kind_comes_back() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Unit;
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct New(i128);
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Pair(u128, f32);
    let skips = Skips { a: 1, b: vec![0, 255] };
    let shapes = vec![
        Shape::Empty,
        Shape::Many(7, "é".into()),
        Shape::One(Some(skips.clone())),
        Shape::One(None),
        Shape::Named { x: Some(1), y: -1 },
    ];
    let numbers = (true, i8::MIN, i16::MIN, i32::MIN, i64::MIN, u8::MAX, u16::MAX, u32::MAX);
    let map = BTreeMap::from([("k".to_string(), skips)]);
    let address: std::net::IpAddr = [127, 0, 0, 1].into();
    let value =
        ((Unit, New(-5), Pair(u128::MAX, 0.5)), shapes, numbers, ('ß', 2.5, ()), map, address);
    assert_eq!(there_and_back(&value).unwrap(), value);
}

// Another program that uses postcard can read them.
#[test]
fn the_bytes_are_those_of_postcard() {
    let value = (Shape::Many(7, "text".into()), Some([1_u64, 300]), ["a", "b"], -3_i32);
    let mut bytes = Vec::new();
    frame::encode(&value, &mut bytes).unwrap();
    assert_eq!(bytes, postcard::to_stdvec(&value).unwrap());
}

#[test]
fn a_skipped_field_is_an_error_wherever_it_is() {
    let skips = Skips { a: 0, b: vec![0] };
    let is_refused = |error: io::Error, name: &str| {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(name), "{error}");
    };
    is_refused(there_and_back(&skips).unwrap_err(), "the field `a` of `Skips`");
    is_refused(there_and_back(&vec![Some(skips.clone())]).unwrap_err(), "`Skips`");
    is_refused(there_and_back(&Shape::One(Some(skips.clone()))).unwrap_err(), "`Skips`");
    is_refused(there_and_back(&BTreeMap::from([(1, skips)])).unwrap_err(), "`Skips`");
    is_refused(
        there_and_back(&Shape::Named { x: None, y: 1 }).unwrap_err(),
        "the field `x` of `Shape`",
    );
}

#[test]
fn a_type_that_needs_field_names_is_an_error_with_its_name() {
    let error = there_and_back(&Untagged::Number(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("Untagged` can't be sent"), "{error}");
    let error = there_and_back(&Flat { rest: Skips { a: 1, b: vec![] } }).unwrap_err();
    assert!(error.to_string().contains("Flat` can't be sent"), "{error}");
}

// The message of a type's own `Serialize` reaches the user, although postcard's error has no room for it.
#[test]
fn the_message_of_a_custom_error_is_kept() {
    #[derive(Deserialize)]
    struct Touchy;
    impl Serialize for Touchy {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let error = there_and_back(&Touchy).err().unwrap();
    assert!(error.to_string().contains("not today"), "{error}");
}
