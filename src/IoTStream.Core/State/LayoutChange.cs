namespace IoTStream.State;

/// <summary>How values of a former layout become those of another: parts of the same name and type are taken over.</summary>
internal sealed class LayoutChange(MemoryLayout stored, MemoryLayout current)
{
    private readonly List<(LayoutLeaf Stored, LayoutLeaf Current)> _kept =
    [
        .. stored.Leaves.Join(current.Leaves, leaf => leaf.Name, leaf => leaf.Name, static (before, now) => (before, now), StringComparer.Ordinal)
            .Where(pair => pair.before.Type == pair.now.Type),
    ];

    /// <summary>
    /// Whether something is left, and nothing that has kept its name has become something else: not a leaf of another type, nor one a value with parts, nor
    /// the other way round.
    /// </summary>
    public bool IsPossible => stored.CanMove && current.CanMove && _kept.Count > 0
        && stored.Leaves.All(before => current.Leaves.All(now => !IsOneOther(before, now)));

    /// <summary>The runs of bytes to be copied.</summary>
    public LayoutMove[] Moves()
    {
        List<LayoutMove> moves = [];
        foreach ((LayoutLeaf from, LayoutLeaf to) in _kept.OrderBy(pair => pair.Stored.Offset))
        {
            if (moves is [.., var last] && last.From + last.Length == from.Offset && last.To + last.Length == to.Offset)
            {
                moves[^1] = last with { Length = last.Length + from.Type.Size };
            }
            else
            {
                moves.Add(new LayoutMove(from.Offset, to.Offset, from.Type.Size));
            }
        }

        return [.. moves];
    }

    private static bool IsOneOther(LayoutLeaf before, LayoutLeaf now) =>
        (string.Equals(before.Name, now.Name, StringComparison.Ordinal) && before.Type != now.Type) || IsPartOf(before, now) || IsPartOf(now, before);

    private static bool IsPartOf(LayoutLeaf part, LayoutLeaf whole) => part.Name.StartsWith(whole.Name + ".", StringComparison.Ordinal);
}
