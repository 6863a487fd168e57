//! Wrong wiring does not compile: mistakes that Terraform finds only when it applies.
//!
//! The `.stderr` files hold what the compiler says, which is what a user reads. After a change of the compiler or of
//! these types they are written anew with `TRYBUILD=overwrite`.

#[test]
fn wrong_wiring_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
