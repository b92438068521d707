"""docs/security.md says what the declaration says."""

from __future__ import annotations

from tools.access_matrix import DOCUMENT, matrix, with_matrix


def test_the_matrix_in_the_document_is_that_of_the_declaration() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert document == with_matrix(document)
    assert matrix() in document
