data "aws_caller_identity" "me" {}

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_regions" "all" {}

data "aws_default_tags" "all" {}

data "aws_iam_policy" "execution" {
  name = "AmazonECSTaskExecutionRolePolicy"
}

data "aws_vpc" "more" {
  tags       = { Name = "more" }
  depends_on = [aws_vpc.more]
}

data "aws_vpcs" "all" {
  depends_on = [aws_vpc.more]
}

data "aws_subnets" "more" {
  filter {
    name   = "vpc-id"
    values = [aws_vpc.more.id]
  }

  tags       = { tier = "public" }
  depends_on = [aws_subnet.more]
}

data "aws_subnet" "more" {
  count = 2
  id    = data.aws_subnets.more.ids[count.index]
}

data "aws_availability_zone" "a" {
  name = "us-east-1a"
}

data "aws_security_groups" "more" {
  filter {
    name   = "vpc-id"
    values = [aws_vpc.more.id]
  }

  depends_on = [aws_security_group.rules]
}

data "aws_security_group" "default" {
  vpc_id = aws_vpc.more.id
  name   = "default"
}

data "aws_vpc_security_group_rules" "rules" {
  filter {
    name   = "group-id"
    values = [aws_security_group.rules.id]
  }

  depends_on = [aws_security_group_rule.rules]
}

data "aws_route_table" "main" {
  vpc_id = aws_vpc.more.id

  filter {
    name   = "association.main"
    values = ["true"]
  }
}

data "aws_route_tables" "more" {
  vpc_id     = aws_vpc.more.id
  depends_on = [aws_route_table.inline]
}

data "aws_ec2_managed_prefix_list" "s3" {
  name = "com.amazonaws.us-east-1.s3"
}

data "aws_network_interfaces" "more" {
  filter {
    name   = "vpc-id"
    values = [aws_vpc.more.id]
  }
}

data "aws_iam_role" "more" {
  name = aws_iam_role.more.name
}

data "aws_iam_roles" "more" {
  path_prefix = "/more/"
  depends_on  = [aws_iam_role.more]
}

data "aws_lb_target_group" "more" {
  arn = aws_lb_target_group.more.arn
}

data "aws_lbs" "none" {}

data "aws_ecr_repository" "more" {
  name = aws_ecr_repository.more.name
}

data "aws_ecr_repositories" "all" {
  depends_on = [aws_ecr_repository.more]
}

data "aws_ecr_authorization_token" "token" {}

data "aws_ecr_lifecycle_policy_document" "keep" {
  rule {
    priority = 1

    selection {
      tag_status   = "any"
      count_type   = "imageCountMoreThan"
      count_number = 5
    }
  }
}

data "aws_ecs_cluster" "more" {
  cluster_name = aws_ecs_cluster.more.name
}

data "aws_ecs_clusters" "all" {
  depends_on = [aws_ecs_cluster.more]
}

data "aws_ecs_task_definition" "more" {
  task_definition = aws_ecs_task_definition.more.family
}

data "aws_cloudwatch_log_group" "more" {
  name = aws_cloudwatch_log_group.more.name
}

data "aws_cloudwatch_log_groups" "more" {
  log_group_name_prefix = "more-"
  depends_on            = [aws_cloudwatch_log_group.more]
}
