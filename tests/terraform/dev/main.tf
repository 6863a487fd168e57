# The environment of stacks/dev.rs in Terraform's words, resource by resource. Where it lies is the environment's to
# say: AWS_ENDPOINT_URL leads the provider to the local cloud.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { environment = "dev" }
  }
}
