namespace IoTStream.Log;

/// <summary>The end of a log that was cut away when it was opened, because it was no whole commit.</summary>
/// <param name="File">The path of the segment.</param>
/// <param name="Offset">Where the segment ends now.</param>
/// <param name="Bytes">How many bytes were cut away.</param>
/// <param name="WasDamaged">Whether it was more than a write cut short, and only cut because of <see cref="DamagedTail.Cut"/>.</param>
internal sealed record CutOffTail(string File, long Offset, long Bytes, bool WasDamaged);
