(* OCaml's parmap. Usage: ocaml_map RECORDS WORKERS; driven line by line as resident.h says.
   ocamlfind ocamlopt -O3 -package parmap,unix -linkpkg ocaml_map.ml -o ocaml_map *)
let () =
  let n = int_of_string Sys.argv.(1) and ncores = int_of_string Sys.argv.(2) in
  let numbers = Array.init n float_of_int and list = List.init n (fun i -> i) in
  let timed run right =
    let start = Unix.gettimeofday () in
    let result = run () in
    let took = (Unix.gettimeofday () -. start) *. 1e9 in
    if right result then Printf.printf "%.0f\n%!" took else print_endline "N/A wrong result"
  in
  let twice () =
    timed (fun () -> Parmap.array_float_parmap ~ncores (fun x -> x *. 2.) numbers)
      (fun r -> Array.length r = n && Array.for_all2 (fun a b -> a = 2. *. b) r numbers)
  and two_values () =
    timed
      (fun () -> Parmap.parmap ~ncores ~keeporder:true ~chunksize:10000 (fun x -> (x * 2, string_of_int x)) (Parmap.L list))
      (fun r -> List.length r = n && List.for_all2 (fun (a, b) i -> a = 2 * i && b = string_of_int i) r list)
  in
  print_endline "ready";
  try
    while true do
      match read_line () with
      | "parmap array_float_parmap" -> twice ()
      | "parmap keeporder" -> two_values ()
      | _ -> print_endline "N/A no side of this name"
    done
  with End_of_file -> ()
