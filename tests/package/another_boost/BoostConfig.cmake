# A Boost that nobody has.
add_library(Boost::headers INTERFACE IMPORTED)
set(Boost_VERSION_STRING ${Boost_VERSION})
