"""MP3: frames stitched on an exact grid, the Info frame, and ID3 tags."""
