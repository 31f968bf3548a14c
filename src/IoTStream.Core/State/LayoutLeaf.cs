namespace IoTStream.State;

/// <summary>A part of a value that is copied as a whole.</summary>
/// <param name="Name">The names of the fields that lead to it, with dots between them.</param>
/// <param name="Type">What it is.</param>
/// <param name="Offset">Its place in the value, in bytes.</param>
internal sealed record LayoutLeaf(string Name, LeafType Type, int Offset)
{
    public int End => Offset + Type.Size;
}
