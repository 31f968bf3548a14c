namespace IoTStream.Operators;

/// <summary>Windows of a number of records, of which one starts every so many.</summary>
/// <param name="Size">How many records a window holds.</param>
/// <param name="Slide">How many records after a window the next one starts.</param>
/// <param name="OnlyComplete">Whether windows that are not full when the input ends give nothing.</param>
internal readonly record struct CountWindowSettings(int Size, int Slide, bool OnlyComplete)
{
    /// <summary>The most windows of a key that are open at once.</summary>
    public int Overlap => ((Size - 1) / Slide) + 1;

    /// <summary>The first window that is not full after a number of records.</summary>
    public long FirstOpen(long records) => records < Size ? 0 : ((records - Size) / Slide) + 1;
}
