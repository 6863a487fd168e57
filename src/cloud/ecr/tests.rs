//! Constraints on repositories and images.

use serde_json::{Value, json};

use crate::testing::{Local, code};
use crate::wire::ApiError;

fn cloud() -> Local {
    let mut cloud = Local::new();
    cloud.json("ecr", "CreateRepository", json!({ "repositoryName": "app" })).expect("it succeeds");
    cloud
}

fn call(cloud: &mut Local, operation: &str, more: Value) -> Result<Value, ApiError> {
    let mut input = json!({ "repositoryName": "app" });
    let (Value::Object(members), Value::Object(more)) = (&mut input, more) else { unreachable!("both are objects") };
    members.extend(more);
    cloud.json("ecr", operation, input)
}

fn manifest(size: u32) -> String {
    let config = json!({ "digest": "sha256:aa", "size": size });
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [] }).to_string()
}

fn push(cloud: &mut Local, size: u32, tag: &str) -> Result<Value, ApiError> {
    call(cloud, "PutImage", json!({ "imageManifest": manifest(size), "imageTag": tag }))
}

fn tags(cloud: &mut Local) -> Vec<Value> {
    let reply = call(cloud, "ListImages", json!({})).expect("it succeeds");
    reply["imageIds"].as_array().expect("a list").iter().map(|id| id["imageTag"].clone()).collect()
}

#[test]
fn defaults_are_read_back() {
    let mut cloud = cloud();
    let reply = cloud.json("ecr", "DescribeRepositories", json!({ "repositoryNames": ["app"] })).expect("it succeeds");
    let expected = json!([{
        "repositoryArn": "arn:aws:ecr:us-east-1:123456789012:repository/app",
        "registryId": "123456789012",
        "repositoryName": "app",
        "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app",
        "createdAt": 1_800_000_000.0,
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": { "scanOnPush": false },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    }]);
    assert_eq!(reply["repositories"], expected);
}

#[test]
fn names_are_unique() {
    let mut cloud = cloud();
    assert_eq!(code(call(&mut cloud, "CreateRepository", json!({}))), "RepositoryAlreadyExistsException");
    let wrong = cloud.json("ecr", "CreateRepository", json!({ "repositoryName": "App" }));
    assert_eq!(code(wrong), "InvalidParameterException");
    let unknown = cloud.json("ecr", "DescribeRepositories", json!({ "repositoryNames": ["none"] }));
    assert_eq!(code(unknown), "RepositoryNotFoundException");
    let elsewhere = call(&mut cloud, "DeleteRepository", json!({ "registryId": "210987654321" }));
    assert_eq!(code(elsewhere), "RepositoryNotFoundException");
}

#[test]
fn a_repository_with_images_is_deleted_by_force_only() {
    let mut cloud = cloud();
    push(&mut cloud, 1, "v1").expect("it succeeds");
    assert_eq!(code(call(&mut cloud, "DeleteRepository", json!({}))), "RepositoryNotEmptyException");
    assert_eq!(tags(&mut cloud), ["v1"], "a refused request changes nothing");
    call(&mut cloud, "DeleteRepository", json!({ "force": true })).expect("it succeeds");
    assert!(cloud.world.counts()["ecr"].values().all(|count| *count == 0));
}

#[test]
fn immutable_tags_stay() {
    let mut cloud = cloud();
    push(&mut cloud, 1, "v1").expect("it succeeds");
    assert_eq!(code(push(&mut cloud, 1, "v1")), "ImageAlreadyExistsException");
    push(&mut cloud, 2, "v1").expect("a mutable tag moves");
    call(&mut cloud, "PutImageTagMutability", json!({ "imageTagMutability": "IMMUTABLE" })).expect("it succeeds");
    assert_eq!(code(push(&mut cloud, 3, "v1")), "ImageTagAlreadyExistsException");
    push(&mut cloud, 3, "v2").expect("a new tag is free");
    assert_eq!(tags(&mut cloud).len(), 3, "the first image lost its tag and stays");
}

#[test]
fn an_image_is_found_by_tag_and_digest() {
    let mut cloud = cloud();
    let pushed = push(&mut cloud, 7, "v1").expect("it succeeds");
    let id = pushed["image"]["imageId"].clone();
    let reply = call(&mut cloud, "BatchGetImage", json!({ "imageIds": [{ "imageTag": "v1" }, { "imageTag": "v2" }] }));
    let reply = reply.expect("it succeeds");
    assert_eq!((&reply["images"][0]["imageId"], &reply["images"][0]["imageManifest"]), (&id, &json!(manifest(7))));
    assert_eq!(reply["failures"][0]["failureCode"], "ImageNotFound");
    let described = call(&mut cloud, "DescribeImages", json!({ "imageIds": [{ "imageDigest": id["imageDigest"] }] }));
    let described = described.expect("it succeeds");
    assert_eq!(described["imageDetails"][0]["imageTags"], json!(["v1"]));
    assert_eq!(described["imageDetails"][0]["imageSizeInBytes"], 7);
    let unknown = call(&mut cloud, "DescribeImages", json!({ "imageIds": [{ "imageTag": "v2" }] }));
    assert_eq!(code(unknown), "ImageNotFoundException");
}

#[test]
fn an_image_goes_with_its_last_tag() {
    let mut cloud = cloud();
    push(&mut cloud, 1, "a").expect("it succeeds");
    push(&mut cloud, 1, "b").expect("the same image gets another tag");
    let delete =
        |cloud: &mut Local, tag: &str| call(cloud, "BatchDeleteImage", json!({ "imageIds": [{ "imageTag": tag }] }));
    delete(&mut cloud, "a").expect("it succeeds");
    assert_eq!(tags(&mut cloud), ["b"]);
    delete(&mut cloud, "b").expect("it succeeds");
    assert_eq!(tags(&mut cloud), Vec::<Value>::new());
    assert_eq!(delete(&mut cloud, "b").expect("it succeeds")["failures"][0]["failureCode"], "ImageNotFound");
}

#[test]
fn what_a_list_names_must_exist_and_stay() {
    let mut cloud = cloud();
    let pushed = push(&mut cloud, 1, "v1").expect("it succeeds");
    let digest = &pushed["image"]["imageId"]["imageDigest"];
    let list = |digest: &Value| {
        let media_type = "application/vnd.oci.image.index.v1+json";
        json!({ "mediaType": media_type, "manifests": [{ "digest": digest }] }).to_string()
    };
    let dangling = call(&mut cloud, "PutImage", json!({ "imageManifest": list(&json!("sha256:00")) }));
    assert_eq!(code(dangling), "ReferencedImagesNotFoundException");
    call(&mut cloud, "PutImage", json!({ "imageManifest": list(digest) })).expect("it succeeds");
    let deleted =
        call(&mut cloud, "BatchDeleteImage", json!({ "imageIds": [{ "imageTag": "v1" }] })).expect("it succeeds");
    assert_eq!(deleted["failures"][0]["failureCode"], "ImageReferencedByManifestList");
}

#[test]
fn policies_come_and_go() {
    let mut cloud = cloud();
    let selection = json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30 });
    let rule = json!({ "rulePriority": 1, "selection": selection, "action": { "type": "expire" } });
    let lifecycle = json!({ "lifecyclePolicyText": json!({ "rules": [rule] }).to_string() });
    let policy = json!({ "policyText": json!({ "Version": "2012-10-17", "Statement": [] }).to_string() });
    for (put, get, delete, input, missing) in [
        (
            "PutLifecyclePolicy",
            "GetLifecyclePolicy",
            "DeleteLifecyclePolicy",
            lifecycle,
            "LifecyclePolicyNotFoundException",
        ),
        (
            "SetRepositoryPolicy",
            "GetRepositoryPolicy",
            "DeleteRepositoryPolicy",
            policy,
            "RepositoryPolicyNotFoundException",
        ),
    ] {
        assert_eq!(code(call(&mut cloud, get, json!({}))), missing);
        call(&mut cloud, put, input.clone()).expect("it succeeds");
        let found = call(&mut cloud, get, json!({})).expect("it succeeds");
        let (name, text) = input.as_object().and_then(|input| input.iter().next()).expect("one member");
        assert_eq!(found[name], *text);
        call(&mut cloud, delete, json!({})).expect("it succeeds");
        assert_eq!(code(call(&mut cloud, delete, json!({}))), missing);
    }
}

#[test]
fn tags_are_added_and_removed() {
    let mut cloud = cloud();
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/app";
    let tags = json!([{ "Key": "a", "Value": "1" }]);
    cloud.json("ecr", "TagResource", json!({ "resourceArn": arn, "tags": tags })).expect("it succeeds");
    let list = |cloud: &mut Local| {
        cloud.json("ecr", "ListTagsForResource", json!({ "resourceArn": arn })).expect("it succeeds")
    };
    assert_eq!(list(&mut cloud)["tags"], tags);
    cloud.json("ecr", "UntagResource", json!({ "resourceArn": arn, "tagKeys": ["a"] })).expect("it succeeds");
    assert_eq!(list(&mut cloud)["tags"], json!([]));
}
