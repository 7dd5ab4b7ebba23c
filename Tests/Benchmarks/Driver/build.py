"""Builds what takes part: the library's contestants, the command, and the rivals that are compiled."""
import pathlib, shutil, subprocess, sys, types

benchmarks = pathlib.Path(__file__).resolve().parent.parent
root = benchmarks.parent.parent
scratch = root / ".build" / "benchmarks"
rivals = benchmarks / "Rivals"


def everything():
    """Paths by name. A rival that cannot be built here is left out, and its cases say so."""
    bin = scratch / "bin"
    bin.mkdir(parents=True, exist_ok=True)
    built = types.SimpleNamespace(
        contest=contest(), procession=procession(), rivals=rivals, bin=bin,
        python=scratch / "venv" / "bin" / "python3")
    if not built.python.exists():
        built.python = pathlib.Path(sys.executable)
    for name, *flags in [
        ("stopwatch", "-O2"), ("calibrate", "-O3", "-static"), ("spawn_two", "-O2", "-static"), ("start", "-O2"),
        ("pingpong", "-O3"), ("loops", "-O3", "-fopenmp"), ("blobs", "-O3", "-lm"),
    ]:
        path = compiled(bin / name, rivals / f"{name}.c", ["gcc", *flags[:1], "-o", bin / name, rivals / f"{name}.c", *flags[1:]])
        setattr(built, name, path)
    if shutil.which("ocamlfind"):
        source = shutil.copy(rivals / "ocaml_map.ml", bin)  # the compiler leaves its files beside the source
        built.ocaml_map = compiled(
            bin / "ocaml_map", rivals / "ocaml_map.ml",
            ["ocamlfind", "ocamlopt", "-O3", "-package", "parmap,unix", "-linkpkg", source, "-o", bin / "ocaml_map"])
    else:
        built.ocaml_map = None
    return built


def contest():
    """Linked statically but for the C library, whose calls the instruction gate takes over."""
    swift("--package-path", benchmarks, "--scratch-path", scratch / "swift", "--static-swift-stdlib")
    return scratch / "swift" / "release" / "contest"


def procession():
    """The command as it is released: linked statically."""
    swift("--package-path", root, "--scratch-path", scratch / "command", "--product", "procession", "-Xswiftc", "-static-executable")
    return scratch / "command" / "release" / "procession"


def followed_procession():
    """The command for the instruction gate: linked dynamically, so that something can be loaded before it."""
    swift("--package-path", root, "--scratch-path", scratch / "gate", "--product", "procession")
    return scratch / "gate" / "release" / "procession"


def swift(*arguments):
    # SwiftPM does not look again for the source files of a package that is a folder beside it, unless its plan is gone.
    for plan in scratch.glob("*/*.yaml"):
        plan.unlink()
    result = subprocess.run(["swift", "build", "-c", "release", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stdout + result.stderr)


def compiled(product, source, command):
    if product.exists() and product.stat().st_mtime > max(source.stat().st_mtime, (rivals / "resident.h").stat().st_mtime):
        return product
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if result.returncode != 0:
        print(f"not built, and so absent: {source.name}: {result.stderr.strip().splitlines()[-1]}")
        return None
    return product
