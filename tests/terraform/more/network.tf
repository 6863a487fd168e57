data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "more" {
  cidr_block = "10.1.0.0/16"
  tags       = { Name = "more" }
}

resource "aws_internet_gateway" "more" {
  vpc_id = aws_vpc.more.id
}

resource "aws_subnet" "more" {
  count                   = 2
  vpc_id                  = aws_vpc.more.id
  cidr_block              = cidrsubnet(aws_vpc.more.cidr_block, 8, count.index)
  availability_zone       = data.aws_availability_zones.available.names[count.index]
  map_public_ip_on_launch = true
  tags                    = { Name = "more-${count.index}", tier = "public" }
}

resource "aws_default_route_table" "more" {
  default_route_table_id = aws_vpc.more.default_route_table_id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.more.id
  }
}

resource "aws_route_table" "inline" {
  vpc_id = aws_vpc.more.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.more.id
  }
}

resource "aws_route_table_association" "inline" {
  subnet_id      = aws_subnet.more[0].id
  route_table_id = aws_route_table.inline.id
}

resource "aws_default_security_group" "more" {
  vpc_id = aws_vpc.more.id
}

# It comes last: every subnet is here until another network ACL has taken it.
resource "aws_default_network_acl" "more" {
  depends_on             = [aws_network_acl.more]
  default_network_acl_id = aws_vpc.more.default_network_acl_id
  subnet_ids             = [aws_subnet.more[1].id]

  ingress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }

  egress {
    rule_no    = 100
    protocol   = "-1"
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}

resource "aws_network_acl" "more" {
  vpc_id     = aws_vpc.more.id
  subnet_ids = [aws_subnet.more[0].id]

  ingress {
    rule_no    = 200
    protocol   = "tcp"
    action     = "allow"
    cidr_block = "10.1.0.0/16"
    from_port  = 443
    to_port    = 443
  }
}

resource "aws_network_acl" "rules" {
  vpc_id = aws_vpc.more.id
}

resource "aws_network_acl_rule" "rules" {
  network_acl_id = aws_network_acl.rules.id
  rule_number    = 300
  egress         = true
  protocol       = "icmp"
  rule_action    = "deny"
  cidr_block     = "192.168.0.0/16"
  icmp_type      = -1
  icmp_code      = -1
}

resource "aws_security_group" "inline" {
  name_prefix = "inline-"
  vpc_id      = aws_vpc.more.id

  ingress {
    description = var.description
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0", "10.0.0.0/8"]
  }

  ingress {
    protocol  = "tcp"
    from_port = 1024
    to_port   = 65535
    self      = true
  }

  egress {
    protocol         = "-1"
    from_port        = 0
    to_port          = 0
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "rules" {
  name   = "rules"
  vpc_id = aws_vpc.more.id
}

resource "aws_security_group_rule" "rules" {
  type                     = "ingress"
  security_group_id        = aws_security_group.rules.id
  source_security_group_id = aws_security_group.inline.id
  protocol                 = "tcp"
  from_port                = 443
  to_port                  = 443
}

resource "aws_default_vpc" "default" {}

resource "aws_default_subnet" "a" {
  availability_zone = "us-east-1a"
}
