namespace IoTStream.Plan;

/// <summary>A topology cannot be built. All that is wrong with it is said at once.</summary>
public sealed class TopologyException : Exception
{
    internal TopologyException(string topology, IReadOnlyList<TopologyError> errors)
        : base($"The topology '{topology}' has {errors.Count} error{(errors.Count == 1 ? "" : "s")}:" +
               string.Concat(errors.Select(error => $"{Environment.NewLine}- {error.Message} ({error.Code})"))) =>
        Errors = errors;

    /// <summary>Everything that is wrong, at least one.</summary>
    public IReadOnlyList<TopologyError> Errors { get; }
}
