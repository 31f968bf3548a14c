using System.Globalization;

namespace IoTStream.Runtime;

/// <summary>What a part of a step's state is called in the epoch log.</summary>
/// <param name="Step">The step.</param>
/// <param name="Part">The part.</param>
/// <param name="Generation">
/// After which epoch it began: what the log still has of the same name from before that, which was given up, is passed over, even if the step was away meanwhile and nothing
/// tells of it any more.
/// </param>
internal readonly record struct StateName(string Step, string Part, long Generation)
{
    /// <summary>What says that all parts of a step were given up.</summary>
    public static StateName DropOf(string step) => new(step, "", 0);

    public bool IsDrop => Part.Length == 0;

    public static StateName Parse(string name)
    {
        int slash = name.LastIndexOf('/');
        int hash = name.IndexOf('#', slash + 1);
        return slash < 0
            ? new StateName(name, "", 0)
            : hash < 0
                ? new StateName(name[..slash], name[(slash + 1)..], 0)
                : new StateName(name[..slash], name[(slash + 1)..hash], long.Parse(name.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    public override string ToString() => Generation == 0 ? $"{Step}/{Part}" : string.Create(CultureInfo.InvariantCulture, $"{Step}/{Part}#{Generation}");
}
