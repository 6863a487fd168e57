# What other configurations are made of: rules inside of security groups, the defaults of a VPC, attachments, data
# sources. Where it lies is the environment's to say: AWS_ENDPOINT_URL leads the provider to the local cloud.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { environment = "more" }
  }
}

variable "description" {
  default = "in place"
}
