namespace IoTStream.Operators;

/// <summary>Carries the name of the step that failed from an operator to the job.</summary>
internal sealed class StepException(string step, Exception cause) : Exception($"Step '{step}' failed: {cause.Message}", cause)
{
    public string Step { get; } = step;
}
