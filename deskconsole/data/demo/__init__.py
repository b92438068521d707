"""The demo desk's rows: a believable service company made from a seed; pure, nothing here touches a database."""
