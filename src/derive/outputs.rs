use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Result};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let (name, visibility) = (&input.ident, &input.vis);
    let refs = format_ident!("{}", name.to_string().replace("Outputs", "Refs"));
    if refs == *name {
        return Err(syn::Error::new_spanned(name, "the name of an outputs struct ends in `Outputs`"));
    }
    let fields = crate::resource::named_fields(input)?;
    let names = fields.iter().filter_map(|field| field.ident.as_ref()).map(ToString::to_string);
    let methods = fields.iter().filter_map(|field| {
        let (ident, ty) = (field.ident.as_ref()?, &field.ty);
        let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
        let output = ident.to_string();
        Some(quote! {
            #(#docs)*
            pub fn #ident(&self) -> ::model::In<#ty> {
                ::model::In::Reference(::model::Reference { address: self.address.clone(), output: #output.to_owned() })
            }
        })
    });
    let doc = format!("References to the [`{name}`] of one resource.");
    Ok(quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #visibility struct #refs {
            address: ::model::Address,
        }

        impl #refs {
            /// The address of the resource, to depend on it.
            pub fn address(&self) -> &::model::Address {
                &self.address
            }

            #(#methods)*
        }

        impl ::model::Outputs for #name {
            const NAMES: &'static [&'static str] = &[#(#names),*];
            type Refs = #refs;

            fn refs(address: ::model::Address) -> #refs {
                #refs { address }
            }
        }
    })
}
