# filter.awk — a public header as Doxygen wants it: comments as people write them here become its comments.
#   awk -f docs/api/filter.awk include/gan/net.h
# What is above a declaration, or behind it on its line, is about it. In the comment of a function, a line
#  *  name   text      is a parameter of that name, if it has one; in others, and elsewhere, an item of a list.
# Declarations without a line between share the comment of the first. Functions without one are told on
# standard error, as Doxygen tells its warnings.

# Nothing in a comment is a command, a tag or a link.
function plain(text) {
    gsub(/[\\@<>#%&$]/, "\\\\&", text)
    return text
}
function is_function(declaration) {
    return declaration ~ /^[a-z].*[( *]gan_[a-z0-9_]+\(/ && declaration !~ /^(typedef|static|struct|enum|#)/
}
# The comment, whose lines are line[1..n], as documentation of that declaration.
function document(declaration,    i, text, name, out, names, k, of) {
    of = is_function(declaration)
    out = ""
    for (i = 1; i <= n; i++) {
        text = line[i]
        if (match(text, /^ [*]?[a-z][a-z0-9_]*(, [*]?[a-z][a-z0-9_]*)*  +[^ ]/)) {
            name = substr(text, 2, RLENGTH - 2)
            text = substr(text, RLENGTH)
            sub(/ +$/, "", name)
            gsub(/[* ]/, "", name)
            if (of && declaration ~ ("[ *]" name "[],)[]")) {
                out = out "\n@param " name " " plain(text)
            } else {
                out = out "\n- " name ": " plain(text)
            }
        } else {
            sub(/^ +/, "", text)
            if (i == 1) sub(/^gan_[a-z0-9_]+\(\) — /, "", text)
            out = out "\n" plain(text)
        }
    }
    return "/**" out "\n*/"
}
# A declaration of as many lines as it has: what is open in it ends it.
function is_open(text) {
    return text ~ /^[a-z]/ && text !~ /[;{]/ && text !~ /^(extern|typedef enum|#)/
}
function flush_comment(declaration) {
    if (n > 0) print document(declaration)
}

FNR == 1 { in_comment = 0; first = 1; n = 0; shared = 0 }

in_comment || /^ *\/\*/ {
    if (!in_comment) { n = 0; in_comment = 1; sub(/^ *\/\* ?/, "") } else sub(/^ *\*( |$)|^ *\*(\/)/, "&")
    ended = /\*\//
    text = $0
    sub(/ *\*\/.*$/, "", text)
    sub(/^ *\* ?/, "", text)
    line[++n] = text
    if (ended) {
        in_comment = 0
        if (first) {
            first = 0
            print "/** @file"
            for (i = 1; i <= n; i++) { sub(/^[a-z_]+\.(h|def) — /, "", line[i]); print plain(line[i]) }
            print "*/"
            n = 0
        }
    }
    next
}
/^$/ { n = 0; print; next }
{
    text = $0
    while (is_open(text) && (getline more) > 0) text = text "\n" more
    joined = text
    gsub(/\n */, " ", joined)
    # Behind a declaration on its line, and on the lines that follow.
    if (match(text, /[^ ] *\/\* /) && text !~ /^#/) {
        behind = substr(text, RSTART + 1)
        text = substr(text, 1, RSTART)
        sub(/^ *\/\* /, "", behind)
        while (behind !~ /\*\// && (getline more) > 0) { sub(/^ *\*? */, "", more); behind = behind " " more }
        sub(/ *\*\/.*/, "", behind)
        if (n == 0) { flush_comment(joined); print text " /**< " plain(behind) " */"; next }
        line[++n] = behind
    }
    if (is_function(joined) && n == 0) {
        name = joined
        sub(/\(.*/, "", name)
        sub(/.*[ *]/, "", name)
        print FILENAME ":" FNR ": warning: " name " has no comment" > "/dev/stderr"
    }
    flush_comment(joined)
    print text
    if (!is_function(joined)) n = 0
}
