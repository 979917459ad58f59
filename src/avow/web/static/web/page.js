// The only thing every page needs from JavaScript: to say that it is there. Parts that need it are shown then.
document.documentElement.classList.add("has-js");
