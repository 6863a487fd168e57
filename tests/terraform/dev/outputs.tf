output "url" {
  value = "http://${aws_lb.web.dns_name}/"
}

output "repository" {
  value = aws_ecr_repository.app.repository_url
}

output "cluster" {
  value = aws_ecs_cluster.main.name
}

output "service" {
  value = aws_ecs_service.web.name
}

output "log_group" {
  value = aws_cloudwatch_log_group.web.name
}
