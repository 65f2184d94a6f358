//! postcard's serializer, but a value that wouldn't come back as it was is an error.
//!
//! postcard writes fields one after the other, without their names. A field that serde skips
//! (`skip_serializing_if`) is just not there, and the reader takes the next field's bytes for it. serde
//! reports such a field to the serializer; postcard's takes no notice, and this one returns an error.
//! serde doesn't report a field that is always skipped (`skip_serializing` without `skip_deserializing`).

use postcard::ser_flavors::Flavor;
use serde::de::value::Error; // one that carries a message, for serializers too
use serde::ser::{self, Error as _, Serialize};

type Name = &'static str;
type Inner<'a, F> = &'a mut postcard::Serializer<F>;

/// A serializer around postcard's, or a part of a value on its way into it.
pub(crate) struct Serializer<'a, F: Flavor> {
    inner: Inner<'a, F>,
    /// The struct or enum whose fields come.
    name: Name,
}

impl<'a, F: Flavor> Serializer<'a, F> {
    pub fn new(inner: Inner<'a, F>) -> Self {
        Serializer { inner, name: "" }
    }

    fn part(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        value.serialize(Serializer::new(self.inner))
    }

    /// Begins a value of several parts, as postcard does by `begin`.
    fn begin(
        self,
        name: Name,
        begin: impl FnOnce(Inner<'a, F>) -> postcard::Result<Inner<'a, F>>,
    ) -> Result<Self, Error> {
        Ok(Serializer { inner: begin(self.inner).map_err(Error::custom)?, name })
    }
}

macro_rules! forward {
    ($($method:ident($($arg:ident: $type:ty),*);)*) => {$(
        #[inline]
        fn $method(self, $($arg: $type),*) -> Result<(), Error> {
            ser::Serializer::$method(&mut *self.inner, $($arg),*).map_err(Error::custom)
        }
    )*};
}

macro_rules! begin {
    ($($method:ident($($arg:ident: $type:ty),*) named $name:expr;)*) => {$(
        #[inline]
        fn $method(self, $($arg: $type),*) -> Result<Self, Error> {
            self.begin($name, |inner| ser::Serializer::$method(inner, $($arg),*))
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

    forward! {
        serialize_bool(v: bool); serialize_char(v: char); serialize_str(v: &str);
        serialize_i8(v: i8); serialize_i16(v: i16); serialize_i32(v: i32); serialize_i64(v: i64);
        serialize_u8(v: u8); serialize_u16(v: u16); serialize_u32(v: u32); serialize_u64(v: u64);
        serialize_i128(v: i128); serialize_u128(v: u128); serialize_f32(v: f32); serialize_f64(v: f64);
        serialize_bytes(v: &[u8]); serialize_none(); serialize_unit(); serialize_unit_struct(name: Name);
        serialize_unit_variant(name: Name, index: u32, variant: Name);
    }

    begin! {
        serialize_seq(len: Option<usize>) named "";
        serialize_map(len: Option<usize>) named "";
        serialize_tuple(len: usize) named "";
        serialize_tuple_struct(name: Name, len: usize) named name;
        serialize_tuple_variant(name: Name, index: u32, variant: Name, len: usize) named name;
        serialize_struct(name: Name, len: usize) named name;
        serialize_struct_variant(name: Name, index: u32, variant: Name, len: usize) named name;
    }

    fn serialize_some<T: Serialize + ?Sized>(mut self, value: &T) -> Result<(), Error> {
        self.inner.serialize_some(&()).map_err(Error::custom)?; // a unit has no bytes
        self.part(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        mut self,
        _: Name,
        value: &T,
    ) -> Result<(), Error> {
        self.part(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        name: Name,
        index: u32,
        variant: Name,
        value: &T,
    ) -> Result<(), Error> {
        self.inner.serialize_unit_variant(name, index, variant).map_err(Error::custom)?;
        self.part(value)
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.inner.collect_str(value).map_err(Error::custom)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! compound {
    ($($trait:ident: $($method:ident($($key:ident)?)),* $(+ $skip_field:ident)?;)*) => {$(
        impl<F: Flavor> ser::$trait for Serializer<'_, F> {
            type Ok = ();
            type Error = Error;
            $(
                #[inline]
                fn $method<T: Serialize + ?Sized>(
                    &mut self,
                    $($key: Name,)?
                    value: &T,
                ) -> Result<(), Error> {
                    $(let _ = $key;)?
                    self.part(value)
                }
            )*
            $(
                fn $skip_field(&mut self, key: Name) -> Result<(), Error> {
                    let name = self.name;
                    Err(Error::custom(format_args!("it skips the field `{key}` of `{name}`")))
                }
            )?
            #[inline]
            fn end(self) -> Result<(), Error> {
                Ok(())
            }
        }
    )*};
}

compound! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(key) + skip_field;
    SerializeStructVariant: serialize_field(key) + skip_field;
}
