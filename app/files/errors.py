"""What can be wrong with a file that somebody sends."""

from __future__ import annotations

from http import HTTPStatus

from app.errors import BadInput, NotFound, StandinError
from app.language import N_, saying


class NoFile(BadInput):
    code = "no_file"
    message = N_("Send one file, as the part `file` of a multipart form.")


class BadUpload(BadInput):
    code = "bad_upload"
    message = N_("The upload broke off or is not a whole multipart form. Send the file again.")


class FileTooLarge(StandinError):
    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large"

    def __init__(self, most_mb: int) -> None:
        super().__init__(
            saying("A file may have %(mb)s MB at most. Make it smaller, or share it some other way.", mb=most_mb)
        )


class TooMuchKept(StandinError):
    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_much_kept"

    def __init__(self, most_mb: int) -> None:
        super().__init__(
            saying(
                "All of your files together may have %(mb)s MB. Delete messages with files that nobody needs any more.",
                mb=most_mb,
            )
        )


class PictureTooLarge(StandinError):
    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "picture_too_large"
    message = N_("This picture has too many pixels to be shown. Make it smaller, or pack it into an archive.")


class NotAPicture(BadInput):
    code = "not_a_picture"
    message = N_("This is no picture that can be read. Choose a JPEG, PNG, GIF or WebP file.")


class FileNotFound(NotFound):
    code = "file_not_found"
    message = N_("This file is not here any more, or not for you to see.")


class TooManyUploads(StandinError):
    status, code = HTTPStatus.TOO_MANY_REQUESTS, "too_many_uploads"
    message = N_("Too many of your files are on their way at once. Wait until one of them is here.")
