data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.here.partition}:s3:::more-${data.aws_caller_identity.me.account_id}/*"]
  }
}

resource "aws_iam_role" "more" {
  name_prefix           = "more-"
  path                  = "/more/"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  force_detach_policies = true
  max_session_duration  = 7200
}

resource "aws_iam_policy" "read" {
  name   = "more-read"
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.more.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.more.name
  policy_arn = data.aws_iam_policy.execution.arn
}

resource "aws_lb_target_group" "more" {
  name_prefix = "more-"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.more.id

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 600
  }
}

resource "aws_lb_target_group_attachment" "more" {
  target_group_arn = aws_lb_target_group.more.arn
  target_id        = "10.1.0.77"
  port             = 8081
}

resource "aws_ecr_repository" "more" {
  name         = "more/app"
  force_delete = true
}

resource "aws_ecr_repository_policy" "more" {
  repository = aws_ecr_repository.more.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "pull"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}

resource "aws_ecs_cluster" "more" {
  name = "more"

  setting {
    name  = "containerInsights"
    value = "enhanced"
  }

  configuration {
    execute_command_configuration {
      logging = "OVERRIDE"

      log_configuration {
        cloud_watch_log_group_name = aws_cloudwatch_log_group.more.name
      }
    }
  }
}

resource "aws_ecs_task_definition" "more" {
  family                   = "more"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512

  container_definitions = jsonencode([
    { name = "web", image = "nginx", essential = true, dependsOn = [{ containerName = "init", condition = "SUCCESS" }] },
    { name = "init", image = "busybox", essential = false, command = ["true"] },
  ])

  volume {
    name = "scratch"
  }

  ephemeral_storage {
    size_in_gib = 30
  }
}

resource "aws_cloudwatch_log_group" "more" {
  name_prefix       = "more-"
  retention_in_days = 1
  skip_destroy      = false
}

resource "aws_cloudwatch_log_stream" "more" {
  name           = "one"
  log_group_name = aws_cloudwatch_log_group.more.name
}
