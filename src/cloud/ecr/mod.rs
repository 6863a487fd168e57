//! ECR: repositories with their policies, and images as their manifests. Layers are not kept.

mod authorization;
mod error;
mod image;
mod image_delete;
mod image_describe;
mod image_id;
mod image_read;
mod lifecycle_policy;
mod lifecycle_rules;
mod manifest;
mod pull;
mod registry;
mod repository;
mod repository_name;
mod repository_policy;
mod repository_settings;
mod seed;
mod tag_mutability;
mod tagging;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::operation::{Protocol, Service, operations};
use crate::table::tables;

pub(crate) use pull::{Pull, pull};
pub(crate) use seed::{put as put_image, seed};

tables! {
    /// What ECR keeps in one region.
    Tables {
        /// Repositories by name.
        repositories: repository::Repository,
        /// Images by repository and digest.
        images: image::Image,
        /// The digests of tagged images, by repository and tag.
        image_tags: image::ImageTag,
        /// The configurations of images by repository and digest, of those that were made here.
        configurations: seed::ImageConfiguration,
    }
}

/// How ECR is spoken, and what it can do.
pub(crate) const SERVICE: Service = Service {
    name: "ecr",
    signing_name: "ecr",
    protocol: Protocol::Json { target: "AmazonEC2ContainerRegistry_V20150921" },
    global: false,
    read_after_write: Duration::ZERO,
    prepare: |_| (),
    operations: OPERATIONS,
};

operations! {
    BatchDeleteImage => image_delete::batch_delete_image;
    BatchGetImage => image_read::batch_get_image, unmodelled ["acceptedMediaTypes"];
    BatchGetRepositoryScanningConfiguration => registry::batch_get_repository_scanning_configuration;
    CreateRepository => repository::create_repository;
    DeleteLifecyclePolicy => lifecycle_policy::delete_lifecycle_policy;
    DeleteRepository => repository::delete_repository;
    DeleteRepositoryPolicy => repository_policy::delete_repository_policy;
    DescribeImages => image_describe::describe_images;
    DescribeRegistry => registry::describe_registry;
    DescribeRepositories => repository::describe_repositories;
    GetAuthorizationToken => authorization::get_authorization_token, unmodelled ["registryIds"];
    GetLifecyclePolicy => lifecycle_policy::get_lifecycle_policy;
    GetRepositoryPolicy => repository_policy::get_repository_policy;
    ListImages => image_read::list_images;
    ListTagsForResource => tagging::list_tags_for_resource;
    PutImage => image::put_image;
    PutImageScanningConfiguration => repository_settings::put_image_scanning_configuration;
    PutImageTagMutability => repository_settings::put_image_tag_mutability;
    PutLifecyclePolicy => lifecycle_policy::put_lifecycle_policy;
    SetRepositoryPolicy => repository_policy::set_repository_policy, unmodelled ["force"];
    TagResource => tagging::tag_resource;
    UntagResource => tagging::untag_resource;
}
