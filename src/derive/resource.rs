use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Data, DeriveInput, Error, Field, Fields, FieldsNamed, LitInt, LitStr, Path, Result, meta::ParseNestedMeta,
    punctuated::Punctuated, token::Comma,
};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let Container { kind, outputs, name_max, versioned, taggable, delete_first, check, expand, shift, serving } =
        Container::read(input)?;
    let fields = named_fields(input)?.iter().map(field).collect::<Result<Vec<_>>>()?;
    let delete_first = match delete_first {
        Some(why) => quote!(::core::option::Option::Some(#why)),
        None => quote!(::core::option::Option::None),
    };
    let expand = if expand { quote!(Self::expand_field) } else { quote!(::model::union) };
    let shift = if shift { quote!(Self::shift_field) } else { quote!(::model::undivided) };
    let facts = if serving { quote!(::model::serving::facts::<Self>) } else { quote!(::model::serving::nothing) };
    let serving = serving.then(|| {
        quote! {
            fn serving(&self) -> ::std::vec::Vec<::model::serving::Fact> {
                self.facts()
            }
        }
    });
    let check = check.then(|| {
        quote! {
            fn check(&self) -> ::std::vec::Vec<::model::Problem> {
                self.problems()
            }
        }
    });
    Ok(quote! {
        impl ::model::Resource for #name {
            const SCHEMA: &'static ::model::Schema = &::model::Schema {
                kind: #kind,
                fields: &[#(#fields),*],
                name_max: #name_max,
                versioned: #versioned,
                taggable: #taggable,
                delete_first: #delete_first,
                expand: #expand,
                shift: #shift,
                serving: #facts,
            };
            type Outputs = #outputs;

            #check
            #serving
        }
    })
}

/// What `#[resource(..)]` on the struct says.
struct Container {
    kind: LitStr,
    outputs: Path,
    name_max: LitInt,
    versioned: bool,
    taggable: bool,
    delete_first: Option<LitStr>,
    check: bool,
    expand: bool,
    shift: bool,
    serving: bool,
}

impl Container {
    fn read(input: &DeriveInput) -> Result<Self> {
        let (mut kind, mut outputs, mut name_max, mut delete_first) = (None, None, None, None);
        let (mut versioned, mut taggable, mut check) = (false, true, false);
        let (mut expand, mut shift, mut serving) = (false, false, false);
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("resource")) {
            attribute.parse_nested_meta(|meta| {
                match word(&meta).as_str() {
                    "kind" => kind = Some(meta.value()?.parse()?),
                    "outputs" => outputs = Some(meta.value()?.parse()?),
                    "name_max" => name_max = Some(meta.value()?.parse()?),
                    "delete_first" => delete_first = Some(meta.value()?.parse()?),
                    "versioned" => versioned = true,
                    "untaggable" => taggable = false,
                    "check" => check = true,
                    "expand" => expand = true,
                    "shift" => shift = true,
                    "serving" => serving = true,
                    _ => return Err(meta.error("not a property of a resource kind")),
                }
                Ok(())
            })?;
        }
        let missing = |what: &str| Error::new_spanned(&input.ident, format!("`#[resource({what})]` is missing"));
        Ok(Self {
            kind: kind.ok_or_else(|| missing("kind = \"service.type\""))?,
            outputs: outputs.ok_or_else(|| missing("outputs = TypeOutputs"))?,
            name_max: name_max.unwrap_or_else(|| LitInt::new("255", input.ident.span())),
            versioned,
            taggable,
            delete_first,
            check,
            expand,
            shift,
            serving,
        })
    }
}

/// The expression that makes one `model::Field`.
fn field(field: &Field) -> Result<TokenStream> {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut on_change = quote!(::model::OnChange::InPlace);
    let mut flags = Vec::new();
    let mut anchor = quote!(::core::option::Option::None);
    for attribute in &field.attrs {
        let path = attribute.path();
        if path.is_ident("on_change") {
            attribute.parse_nested_meta(|meta| {
                on_change = match word(&meta).as_str() {
                    "replace" => quote!(::model::OnChange::Replace),
                    "union_first" => quote!(::model::OnChange::UnionFirst),
                    "union_or_replace" => quote!(::model::OnChange::UnionOrReplace),
                    "together" => quote!(::model::OnChange::Together),
                    "disrupt" => {
                        let why: LitStr = meta.value()?.parse()?;
                        quote!(::model::OnChange::Disrupt(#why))
                    }
                    _ => {
                        return Err(meta.error(
                            "use `replace`, `union_first`, `union_or_replace`, `together` or `disrupt = \"why\"`",
                        ));
                    }
                };
                Ok(())
            })?;
        } else if path.is_ident("anchor") {
            let kind: LitStr = attribute.parse_args()?;
            anchor = quote!(::core::option::Option::Some(#kind));
        } else if let Some(flag) = ["write_only", "unordered", "part_of", "exclusive", "unique", "inherited"]
            .iter()
            .find(|it| path.is_ident(it))
        {
            flags.push(syn::Ident::new(
                flag,
                field.ident.as_ref().map_or_else(proc_macro2::Span::call_site, |it| it.span()),
            ));
        }
    }
    Ok(quote! {
        ::model::Field { on_change: #on_change, anchor: #anchor, #(#flags: true,)* ..::model::Field::plain(#name) }
    })
}

/// The fields of a struct with named fields; anything else is an error.
pub(crate) fn named_fields(input: &DeriveInput) -> Result<&Punctuated<Field, Comma>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(FieldsNamed { named, .. }) => Ok(named),
            _ => Err(Error::new_spanned(&input.ident, "the fields must have names")),
        },
        _ => Err(Error::new_spanned(&input.ident, "only a struct can be a resource or its outputs")),
    }
}

fn word(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}
