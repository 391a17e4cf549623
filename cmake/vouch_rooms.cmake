# A room is a folder of a module with private headers. They are included as "room/header.hpp" by the targets that link
# the room and by no others, so that an include against the layers does not compile.
#
# The rooms of a module lie beside each other, and an include path to their common folder would open all of them: each
# target of this function has a folder of its own, which holds one link.
function(vouch_open_room target base room) # TARGET FOLDER ROOM: what FOLDER/ROOM holds is included as "ROOM/…"
    set(door ${PROJECT_BINARY_DIR}/rooms/${target})
    cmake_path(GET room PARENT_PATH parent)
    file(MAKE_DIRECTORY ${door}/${parent})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${base}/${room} ${door}/${room} SYMBOLIC)
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${door})
endfunction()

# A room with a library: TARGET is linked with what it LINKS (and shows to those that link it) and what it HIDES.
function(vouch_add_room target base room)
    cmake_parse_arguments(PARSE_ARGV 3 the "" "" "SOURCES;LINKS;HIDES")
    vouch_open_room(${target}_room ${base} ${room})
    list(TRANSFORM the_SOURCES PREPEND ${base}/${room}/)
    add_library(${target} STATIC ${the_SOURCES})
    target_link_libraries(${target} PUBLIC ${target}_room ${the_LINKS} PRIVATE ${the_HIDES} vouch_build_flags)
endfunction()
