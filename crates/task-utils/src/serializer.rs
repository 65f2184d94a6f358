//! postcard's serializer, but a value that would arrive changed is an error.
//!
//! postcard writes the fields one after the other, without their names. If serde skips a field
//! (`skip_serializing_if`), it isn't there, and the reader takes the bytes of the next field for it. serde
//! reports such a field to the serializer: postcard's ignores that, this one returns an error. serde doesn't
//! report a field that is always skipped (`skip_serializing` without `skip_deserializing`).

use postcard::ser_flavors::Flavor;
use serde::de::value::Error; // one that carries a message, for serializers too
use serde::ser::{self, Error as _, Serialize};

/// What to do with a value that postcard's format has no place for.
const AS_TEXT: &str = "send it as text, for instance as JSON";

type Name = &'static str;
type Written = Result<(), Error>;

/// Writes a value, or a part of one, with postcard's serializer.
pub(crate) struct Serializer<'a, F: Flavor> {
    inner: &'a mut postcard::Serializer<F>,
    /// The struct or enum whose fields are written.
    name: Name,
}

impl<'a, F: Flavor> Serializer<'a, F> {
    pub fn new(inner: &'a mut postcard::Serializer<F>) -> Self {
        Serializer { inner, name: "" }
    }

    fn part(&mut self, value: &(impl Serialize + ?Sized)) -> Written {
        value.serialize(Serializer::new(self.inner))
    }
}

/// Values without parts: postcard writes them.
macro_rules! whole {
    ($($method:ident($($arg:ident: $type:ty),*);)*) => {$(
        fn $method(self, $($arg: $type),*) -> Written {
            ser::Serializer::$method(&mut *self.inner, $($arg),*).map_err(Error::custom)
        }
    )*};
}

/// A value around another one: postcard writes what is in front of the inner value, which is a part.
macro_rules! around {
    ($($method:ident($($arg:ident: $type:ty),*);)*) => {$(
        fn $method<T: Serialize + ?Sized>(mut self, $($arg: $type,)* value: &T) -> Written {
            let written = ser::Serializer::$method(&mut *self.inner, $($arg,)* &());
            written.map_err(Error::custom)?; // the unit in place of the value has no bytes
            self.part(value)
        }
    )*};
}

/// Values with several parts: postcard writes what is in front of them.
macro_rules! in_parts {
    ($($method:ident($($arg:ident: $type:ty),*) named $name:expr;)*) => {$(
        fn $method(self, $($arg: $type),*) -> Result<Self, Error> {
            let begun = ser::Serializer::$method(self.inner, $($arg),*);
            let inner = begun.map_err(|why| Error::custom(format!("{why}; {AS_TEXT}")))?;
            Ok(Serializer { inner, name: $name })
        }
    )*};
}

impl<'a, F: Flavor> ser::Serializer for Serializer<'a, F> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    whole! {
        serialize_bool(v: bool); serialize_char(v: char); serialize_str(v: &str);
        serialize_i8(v: i8); serialize_i16(v: i16); serialize_i32(v: i32); serialize_i64(v: i64);
        serialize_u8(v: u8); serialize_u16(v: u16); serialize_u32(v: u32); serialize_u64(v: u64);
        serialize_i128(v: i128); serialize_u128(v: u128); serialize_f32(v: f32); serialize_f64(v: f64);
        serialize_bytes(v: &[u8]); serialize_none(); serialize_unit(); serialize_unit_struct(name: Name);
        serialize_unit_variant(name: Name, index: u32, variant: Name);
    }

    in_parts! {
        serialize_seq(len: Option<usize>) named "";
        serialize_map(len: Option<usize>) named "";
        serialize_tuple(len: usize) named "";
        serialize_tuple_struct(name: Name, len: usize) named name;
        serialize_tuple_variant(name: Name, index: u32, variant: Name, len: usize) named name;
        serialize_struct(name: Name, len: usize) named name;
        serialize_struct_variant(name: Name, index: u32, variant: Name, len: usize) named name;
    }

    around! {
        serialize_some();
        serialize_newtype_struct(name: Name);
        serialize_newtype_variant(name: Name, index: u32, variant: Name);
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! parts {
    ($($trait:ident: $($method:ident($($key:ident)?)),* $(+ $skip_field:ident)?;)*) => {$(
        impl<F: Flavor> ser::$trait for Serializer<'_, F> {
            type Ok = ();
            type Error = Error;
            $(
                        fn $method<T: Serialize + ?Sized>(&mut self, $($key: Name,)? value: &T) -> Written {
                    self.part(value)
                }
            )*
            $(
                fn $skip_field(&mut self, key: Name) -> Written {
                    let name = self.name;
                    Err(Error::custom(format!("it skips the field `{key}` of `{name}`; {AS_TEXT}")))
                }
            )?
                fn end(self) -> Written {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(_key) + skip_field;
    SerializeStructVariant: serialize_field(_key) + skip_field;
}
