"""What the pages are about that people link to, fetched by the server so that no reader's browser has to ask them.

`guard` says which addresses may be asked, `fetch` asks, `parse` reads the answer, `cache` remembers it, and `previews`
puts it under messages.
"""
