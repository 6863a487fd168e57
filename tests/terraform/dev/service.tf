resource "aws_ecs_cluster" "main" {
  name = "dev-main"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "dev-web"
  retention_in_days = var.log_retention
}

resource "aws_ecs_task_definition" "web" {
  family                   = "dev-web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  container_definitions = jsonencode([{
    name                   = "web"
    image                  = "${aws_ecr_repository.app.repository_url}:${var.image}"
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    stopTimeout            = 15
    linuxParameters        = { initProcessEnabled = true }
    portMappings           = [{ containerPort = var.port, protocol = "tcp" }]

    environment = [
      { name = "COLOUR", value = "blue" },
      { name = "KEEP_ALIVE_SECONDS", value = "65" },
      { name = "PORT", value = tostring(var.port) },
      { name = "VERSION", value = "v1" },
    ]

    healthCheck = {
      command     = ["CMD-SHELL", "python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:${var.port}/health', timeout=3)\""]
      interval    = 30
      retries     = 3
      startPeriod = 15
      timeout     = 5
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.web.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "web"
      }
    }
  }])
}

resource "aws_ecs_service" "web" {
  name                               = "dev-web"
  cluster                            = aws_ecs_cluster.main.arn
  task_definition                    = aws_ecs_task_definition.web.arn
  desired_count                      = var.desired_count
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  enable_ecs_managed_tags            = true
  health_check_grace_period_seconds  = 45
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets         = [for subnet in aws_subnet.private : subnet.id]
    security_groups = [aws_security_group.web.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.web["blue"].arn
    container_name   = "web"
    container_port   = var.port
  }

  depends_on = [aws_lb_listener_rule.web, aws_ecs_cluster_capacity_providers.main]
}
