using IoTStream.Log;

namespace IoTStream.Tool;

/// <summary>What things are called on the screen.</summary>
internal static class Words
{
    /// <summary>What the entries of a section belong to: state, whether it changed or not, is one thing.</summary>
    public static string Of(SectionKind kind) => kind switch
    {
        SectionKind.Changes or SectionKind.Share => "state",
        SectionKind.Positions => "positions",
        SectionKind.Outbox => "outbox",
        _ => $"kind {(int)kind}",
    };
}
